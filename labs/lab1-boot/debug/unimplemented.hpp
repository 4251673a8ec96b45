// What a skeleton calls in place of the code that is still to be written.
#pragma once

#include <string_view>

#include "lib/result.hpp"

namespace strata {

// `exercise` is the number and the function: "1.2 format_signed". Reports it once a test (once a boot before the first), so that
// the test counts as missing, and returns Error::Unimplemented, which no test ever expects.
Error unimplemented(std::string_view exercise);

// The exercise that was missed last ("1.2 format_signed"), empty if none was; for the boot log.
std::string_view last_unimplemented();

// For what cannot fail: panics with any error but Unimplemented, which has been reported; then the kernel goes on without.
void must_once_written(Result<> outcome);

// For assembly, where nothing can be returned: names the vector, reports, then abandons the running attempt or ends the
// machine. Call it from the slot of the stub that is not written.
inline constexpr std::string_view trap_entry_exercise = "1.7 trap_stubs";
extern "C" [[noreturn]] void unimplemented_1_7();

}  // namespace strata
