# Where every program begins, and the note by which the kernel knows it as one of ours (abi/abi.hpp).
# The kernel leaves at rsp: argc, argv[0], ..., 0, 0.

    .text
    .globl _start
    .type _start, @function
_start:
    xorl %ebp, %ebp                                 # the end of every backtrace
    movq (%rsp), %rdi
    leaq 8(%rsp), %rsi
    call main
    movl %eax, %edi
    xorl %eax, %eax                                 # exit
    syscall
    ud2
    .size _start, . - _start

    .section .note.strata, "a", @note
    .balign 4
    .long 7, 8, 1                                   # sizes of name and contents, type
    .asciz "Strata"
    .balign 4
    .long 0x5253444e, 1                             # magic, version

    .section .note.GNU-stack, "", @progbits
