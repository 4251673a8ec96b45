// The border between ring 3 and the kernel, as C++ sees it: what happens first on every way in and last on every way out.
#pragma once

#include "lib/result.hpp"
#include "syscall/return_path.hpp"

namespace strata {

// Called by entry.S, interrupts off, with a complete frame. If nothing needs attention, the frame is still what `syscall` has left
// behind, and sysretq undoes that exactly: rip is behind an instruction of user space, whose last page can never be mapped. Hence
// the rule: who changes rip, rflags, rcx or r11 in the running thread's frame sets Cpu::attention, and return_path() decides.
extern "C" ReturnPath handle_syscall(TrapFrame& frame);

// Called by entry.S for a thread that goes back to ring 3 without having come from there just now. With the lock; gives it back.
extern "C" ReturnPath leave_kernel(TrapFrame& frame);

// The same for a trap, which leaves by trap_entry.S.
void leave_trap();

// In entry.S (exercise 3.2); rsp is the frame's address.
extern "C" const char user_return[];

// What to do about a trap of ring 3 that nobody handles: ends its process. Why: what a page fault could not be resolved for.
void end_faulting_process(const TrapFrame& frame, Error why = Error::BadAddress);

// Traps of ring 3 come here from now on, `int 0x80` among them. Fails with what lab 1's exercises say.
Result<> start_user_traps();

}  // namespace strata
