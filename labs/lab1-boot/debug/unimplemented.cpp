#include "debug/unimplemented.hpp"

#include "cpu/attempt.hpp"
#include "cpu/x86/machine.hpp"
#include "report/report.hpp"

namespace strata {

namespace {
constinit std::string_view last;
}

Error unimplemented(std::string_view exercise) {
  last = exercise;
  report::missing(exercise);
  return Error::Unimplemented;
}

std::string_view last_unimplemented() { return last; }

void unimplemented_1_7() {
  (void)unimplemented(trap_entry_exercise);
  if (in_attempt()) abandon_attempt();
  end_machine(MachineEnd::Panic);
}

}  // namespace strata
