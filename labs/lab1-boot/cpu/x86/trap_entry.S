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
    .rept 256
    .balign 16
    call unimplemented_1_7
    .endr

    .section .note.GNU-stack, "", @progbits
