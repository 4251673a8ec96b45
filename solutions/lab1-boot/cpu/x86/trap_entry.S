# Exercise 1.7: the entry code of all traps.                                        (Intel SDM vol. 3A, 6.13 and 6.14.2)
# Invariant: whatever happens in between, the interrupted code finds all 15 registers, its flags and its stack as they were.
#
# `trap_stubs` is a table: the code of vector n stands at trap_stubs + 16 * n. All stubs leave the same frame behind, the
# TrapFrame of trap_frame.hpp, and go on together.

    .text
    .globl trap_stubs
    .balign 16
# EXERCISE 1.7  For vectors 8, 10 to 14, 17, 21, 29 and 30 the CPU has pushed an error code; push a 0 for the others, then
# the vector. The common part saves the registers in the frame's order, passes the frame's address, and undoes all of it.
trap_stubs:
    #@ solution
    .set vector, 0
    .rept 256
    .balign 16
    .if !(vector == 8 || (vector >= 10 && vector <= 14) || vector == 17 || vector == 21 || vector == 29 || vector == 30)
    pushq $0
    .endif
    pushq $vector
    jmp trap_common
    .set vector, vector + 1
    .endr
    .balign 16

trap_common:
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
    cld                                             # C++ counts on it; iretq brings the old flag back
    movq %rsp, %rdi
    call handle_trap
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
    addq $16, %rsp                                  # vector and error code
    iretq
    #@ skeleton
    # .rept 256
    # .balign 16
    # call unimplemented_1_7
    # .endr
    #@ end

    .section .note.GNU-stack, "", @progbits
