// Exercise 3.1: the registers that `syscall` goes by.
// Invariant: ring 3 decides about no flag that the kernel's code depends on.
#include "syscall/x86/msr.hpp"

#include "cpu/x86/gdt.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 3.1  sysret takes CS from its selector + 16 and SS from its selector + 8.       (SDM vol. 2, SYSRET)
Result<> enable_syscall(MsrAccess& msrs, Va entry) {
  (void)msrs, (void)entry;
  return unimplemented("3.1 enable_syscall");
}

}  // namespace strata
