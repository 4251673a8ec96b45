# The first instructions of the kernel that is measured: they note the time at which GRUB hands over, and change nothing
# that start32 looks at (labs/lab1-boot/boot/x86/entry.S).

#include "boot/x86/temporary_tables.h"

    .section .boot, "ax"
    .code32
    .globl measured_start32
measured_start32:
    movl %eax, %ecx
    rdtsc
    movl %eax, hand_over - KERNEL_OFFSET
    movl %edx, hand_over + 4 - KERNEL_OFFSET
    movl %ecx, %eax
    jmp start32

    .data
    .globl hand_over
    .balign 8
hand_over:
    .quad 0

    .section .note.GNU-stack, "", @progbits
