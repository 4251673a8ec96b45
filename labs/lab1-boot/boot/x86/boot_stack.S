# The stack of the first CPU, and below it a page that exercise 1.4 leaves unmapped: an overflow faults. It is large, because a
# compiler may build a whole KernelTables (28 KiB) on it before it copies (clang does).

    .bss
    .balign 4096
    .globl boot_stack_guard, boot_stack, boot_stack_top
boot_stack_guard:
    .skip 4096
boot_stack:
    .skip 65536
boot_stack_top:

    .section .note.GNU-stack, "", @progbits
