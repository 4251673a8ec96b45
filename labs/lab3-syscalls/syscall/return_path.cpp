// Exercise 3.3: may this frame leave by sysretq?
// Invariant: what sysretq would do differently from iretq is never seen by anybody.
#include "syscall/return_path.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 3.3  sysretq takes rip from rcx and rflags from r11. On some CPUs it faults in ring 0, on the user's stack, when rip
// is not canonical; and with the trap flag set it traps one instruction too early.      (SDM vol. 2, SYSRET)
ReturnPath return_path(const TrapFrame& frame) {
  (void)frame;
  (void)unimplemented("3.3 return_path");
  return ReturnPath::Iret;
}

}  // namespace strata
