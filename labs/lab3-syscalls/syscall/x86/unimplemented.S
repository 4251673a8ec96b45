# Where the skeleton of exercise 3.2 goes: neither the stack nor GS is the kernel's. A stack of its own, so that it works anywhere.

    .text
    .globl unimplemented_3_2
    .type unimplemented_3_2, @function
unimplemented_3_2:
    leaq missing_entry_stack_top(%rip), %rsp
    xorl %ebp, %ebp
    call missing_syscall_entry                      # does not return
    .size unimplemented_3_2, . - unimplemented_3_2

    .bss
    .balign 16
    .skip 8192
missing_entry_stack_top:

    .section .note.GNU-stack, "", @progbits
