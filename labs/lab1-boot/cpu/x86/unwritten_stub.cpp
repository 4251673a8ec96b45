// What happens at a stub that exercise 1.7 has not written yet.
#include "console/console.hpp"
#include "cpu/attempt.hpp"
#include "cpu/x86/machine.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

extern "C" const char trap_stubs[];  // 256 of 16 bytes

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
