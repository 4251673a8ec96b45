# Spins at its very first instruction, with interrupts off.
    .section .boot, "ax"
    .code32
    .globl start32, boot_stack_top
start32:
    jmp start32
boot_stack_top:

    .section .note.GNU-stack, "", @progbits
