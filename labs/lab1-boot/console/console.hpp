// The console: where the kernel talks to people. Text goes to COM1 once start_console() has succeeded; before that it is
// dropped (the report driver on COM2 still works, so a kernel without exercise 1.1 is not mute for the grader).
#pragma once

#include "lib/print.hpp"
#include "lib/result.hpp"

namespace strata {

// Sets COM1 up. Fails with what Uart16550::init says.
Result<> start_console();

// The sink behind log().
Sink& console();

// One or more lines for the boot log: log("[MEMORY] {} MiB\n", size).
template <typename... Arguments>
void log(FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
  print(console(), format, arguments...);
}

}  // namespace strata
