// How a frame leaves the kernel: sysretq is quick, iretq can do everything.
#pragma once

#include "cpu/x86/trap_frame.hpp"
#include "syscall/x86/flags.hpp"

namespace strata {

enum class ReturnPath : uint32_t { Sysret = 0, Iret = 1 };

// Exercise 3.3, pure. `frame` came from ring 3 and has the selectors of ring 3. Sysret exactly when nobody can tell the
// difference: rcx and r11 are already what sysretq takes, rip and rflags; rip is below AddressSpace::end_of_space; neither the trap
// nor the resume flag is set.
ReturnPath return_path(const TrapFrame& frame);

}  // namespace strata
