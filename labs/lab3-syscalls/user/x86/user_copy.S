# The only instructions of the kernel that touch user memory. Each has an entry in the fix-up table: where to go on when it
# faults. SMAP forbids all other accesses (Intel SDM vol. 3A, 4.6; stac and clac: vol. 2).
#
#     copy_user_memory(rdi = to, rsi = from, rdx = bytes) -> rax = bytes that are left

    .text
    .globl copy_user_memory
    .type copy_user_memory, @function
copy_user_memory:
    movq %rdx, %rcx
    cmpb $0, smap_is_on(%rip)
    je 1f
    stac
1:  cmpq $64, %rcx
    jb 3f
    shrq $3, %rcx                                   # by the word first: an iteration counts as an instruction
2:  rep movsq
    movq %rdx, %rcx
    andq $7, %rcx
3:  rep movsb
4:  cmpb $0, smap_is_on(%rip)
    je 5f
    clac
5:  movq %rcx, %rax
    ret
6:  andq $7, %rdx                                   # words are left, and what comes behind them; the bytes of the first
    leaq (%rdx, %rcx, 8), %rcx                      # one may lie in two pages, so find out which of them is at fault
    jmp 3b
    .size copy_user_memory, . - copy_user_memory

    .section .rodata
    .balign 8
    .globl fix_ups, fix_ups_end
fix_ups:                                            # pairs: the instruction that may fault, where to go on
    .quad 2b, 6b
    .quad 3b, 4b
fix_ups_end:

    .section .note.GNU-stack, "", @progbits
