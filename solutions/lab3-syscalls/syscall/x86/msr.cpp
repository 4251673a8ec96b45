// Exercise 3.1: the registers that `syscall` goes by.
// Invariant: ring 3 decides about no flag that the kernel's code depends on.
#include "syscall/x86/msr.hpp"

#include "cpu/x86/gdt.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 3.1  sysret takes CS from its selector + 16 and SS from its selector + 8.       (SDM vol. 2, SYSRET)
Result<> enable_syscall(MsrAccess& msrs, Va entry) {
  //@ solution
  if (entry < direct_map_base) return Error::InvalidArgument;
  constexpr uint64_t sysret_base = selector::user_data - 8;
  constexpr uint64_t syscall_base = selector::kernel_code;
  msrs.write(msr::star, sysret_base << 48 | syscall_base << 32);
  msrs.write(msr::lstar, entry.value);
  msrs.write(msr::sfmask, flag::trap | flag::interrupt | flag::direction | flag::io_privilege | flag::nested_task |
                              flag::alignment_check);
  msrs.write(msr::efer, msrs.read(msr::efer) | msr::efer_syscall_enable);
  return {};
  //@ skeleton
  // (void)msrs, (void)entry;
  // return unimplemented("3.1 enable_syscall");
  //@ end
}

}  // namespace strata
