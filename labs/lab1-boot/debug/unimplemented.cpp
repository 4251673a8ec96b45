#include "debug/unimplemented.hpp"

#include "console/console.hpp"
#include "cpu/attempt.hpp"
#include "cpu/x86/machine.hpp"
#include "debug/panic.hpp"
#include "report/report.hpp"

namespace strata {

extern "C" const char trap_stubs[];  // 256 of 16 bytes

namespace {
constinit std::string_view last;
}

Error unimplemented(std::string_view exercise) {
  last = exercise;
  report::missing(exercise);
  return Error::Unimplemented;
}

void must_once_written(Result<> outcome) {
  if (!outcome.ok() && outcome.error() != Error::Unimplemented)
    panic("cannot fail, but: {}", describe(outcome.error()));
}

std::string_view last_unimplemented() { return last; }

void unimplemented_1_7() {
  // Skeleton slots call from inside the table of stubs; whoever calls from elsewhere has no vector.
  uint64_t vector =
      (reinterpret_cast<uint64_t>(__builtin_return_address(0)) - reinterpret_cast<uint64_t>(trap_stubs)) / 16;
  if (vector < 256) log("[TRAP] vector {} arrived at a stub that is not written yet\n", vector);
  (void)unimplemented(trap_entry_exercise);
  if (in_attempt()) abandon_attempt();
  end_machine(MachineEnd::Panic);
}

}  // namespace strata
