# Spins at its very first instruction, with interrupts off.
    .section .boot, "ax"
    .code32
    .globl start32, given_start32
start32:
given_start32:
    jmp start32

    .section .note.GNU-stack, "", @progbits
