# Challenge 1.11: your own road from GRUB's 32-bit protected mode to kernel_main.        (Intel SDM vol. 3A, 10.8.5 and 4.5)
# Contract: boot/entry.hpp says what you find here, and what kernel_main must find. The boot comes here, and not to the given
# entry, when `entry=mine` is a word of the command line:  make run CMDLINE=entry=mine
#
# Tables, GDT and far jump are your own; of the given code you need `boot_stack_top` and `kernel_main`. 32-bit code stands in
# .text32, which is linked where it is loaded. Everything else is linked KERNEL_OFFSET higher than it is loaded: while paging
# is off, and for the far jump, you want `label - KERNEL_OFFSET`. On a CPU without long mode or NX, halt for ever.
# The .cfi lines are for debuggers: nobody called this code, backtraces end here.

#include "boot/x86/temporary_tables.h"

    .cfi_sections .debug_frame
    .section .text32, "ax"
    .code32
    .globl my_start32
my_start32:
    .cfi_startproc
    .cfi_undefined 16
# EXERCISE 1.11  In 32-bit code: cpuid -> tables -> cr4.PAE -> cr3 -> efer.LME, NXE -> cr0.PG, WP -> GDT -> far jump.
    jmp unimplemented_1_11
    .cfi_endproc

    .text
    .code64
    .cfi_startproc
    .cfi_undefined 16
# EXERCISE 1.11  In 64-bit code: segments -> high address -> GDT once more -> stack -> kernel_main.
    .cfi_endproc

    .section .note.GNU-stack, "", @progbits
