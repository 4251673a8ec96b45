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
    #@ solution
    swapgs
    movq %rsp, %gs:CPU_USER_STACK
    movq %gs:CPU_KERNEL_STACK, %rsp
    pushq $USER_DATA_SELECTOR
    pushq %gs:CPU_USER_STACK
    pushq %r11
    pushq $USER_CODE_SELECTOR
    pushq %rcx
    pushq %rax
    pushq $SYSCALL_VECTOR
    pushq %rax
    pushq %rbx
    pushq %rcx
    pushq %rdx
    pushq %rsi
    pushq %rdi
    pushq %rbp
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    movq %rsp, %rdi
    call handle_syscall
    testl %eax, %eax
    jnz leave
    movq FRAME_R11(%rsp), %r11                      # C++ has kept rbx, rbp, r12 to r15
    movq FRAME_R10(%rsp), %r10
    movq FRAME_R9(%rsp), %r9
    movq FRAME_R8(%rsp), %r8
    movq FRAME_RDI(%rsp), %rdi
    movq FRAME_RSI(%rsp), %rsi
    movq FRAME_RDX(%rsp), %rdx
    movq FRAME_RCX(%rsp), %rcx
    movq FRAME_RAX(%rsp), %rax
    movq FRAME_RSP(%rsp), %rsp
sysret:
    swapgs
    sysretq
    #@ skeleton
    # jmp unimplemented_3_2
    #@ end

# EXERCISE 3.2  A thread that has nothing on its kernel stack but its frame goes on here: rsp is the frame's address. Nothing of the
# registers is its own.
user_return:
    #@ solution
    movq %rsp, %rdi
    call leave_kernel
    testl %eax, %eax
leave:                                              # no pop changes a flag
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rbp
    popq %rdi
    popq %rsi
    popq %rdx
    popq %rcx
    popq %rbx
    popq %rax
    jnz 1f
    movq 40(%rsp), %rsp                             # behind vector, error, rip, cs, rflags; rcx and r11 hold two of them
    jmp sysret
1:  addq $16, %rsp                                  # vector and error
    swapgs
    iretq
    #@ skeleton
    # jmp unimplemented_3_2
    #@ end

    .section .note.GNU-stack, "", @progbits
