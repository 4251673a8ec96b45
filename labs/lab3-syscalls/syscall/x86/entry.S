# Exercise 3.2: the way of `syscall` into the kernel, and the way of every thread out of it.   (SDM vol. 2, SYSCALL and SYSRET)
# Invariants: the frame is the TrapFrame of an interrupt from the same place, so nobody needs to know which of the two it was;
# nothing is ever written to the user's stack; user code never sees a register that the kernel has left something in.
#
#     on entry:  rcx = user rip, r11 = user rflags, rsp = still the user's, GS base = still the user's, interrupts off
#     frame:     as in cpu/x86/trap_frame.hpp, at the top of the thread's kernel stack; its vector is SYSCALL_VECTOR and
#     its error the number of the call, rax on entry
#
# handle_syscall(frame) and leave_kernel(frame) return how to leave (return_path.hpp): 0 by sysretq, else by iretq.
# Interrupts are off all the time.

#include "smp/x86/asm_offsets.h"

    .text
    .globl syscall_entry, user_return
    .type syscall_entry, @function
    .type user_return, @function

# EXERCISE 3.2  GS base is exchanged before anything is found through it, and again as late as possible. Which registers hold
# what sysretq needs, and which are left for the frame's address? The frame's size keeps the stack aligned to 16.
syscall_entry:
    jmp unimplemented_3_2

# EXERCISE 3.2  A thread that has nothing on its kernel stack but its frame goes on here: rsp is the frame's address. Nothing of the
# registers is its own.
user_return:
    jmp unimplemented_3_2

    .section .note.GNU-stack, "", @progbits
