# The first instructions of every CPU but the first: from real mode to 64 bits in one step (Intel SDM vol. 3A, 8.4.4, 9.8.5).
# Copied to physical address TRAMPOLINE, where a CPU finds itself after a startup IPI; the five words at its end are filled in there.

#include "smp/x86/trampoline.h"

    .section .rodata
    .globl trampoline_start, trampoline_words, trampoline_end
    .code16
trampoline_start:
    cli
    cld
    movw %cs, %ax
    movw %ax, %ds                                   # offsets from here on count from trampoline_start
    lgdtl gdt_pointer - trampoline_start
    movl $(1 << 5), %eax                            # PAE
    movl %eax, %cr4
    movl root - trampoline_start, %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx                          # IA32_EFER: LME, NXE
    rdmsr
    orl $(1 << 8 | 1 << 11), %eax
    wrmsr
    movl $(1 << 31 | 1 << 16 | 1), %eax             # PG, WP, PE: all at once
    movl %eax, %cr0
    ljmpl $8, $(TRAMPOLINE + long_mode - trampoline_start)

    .code64
long_mode:
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    xorl %ebp, %ebp
    movq stack(%rip), %rsp
    movq argument(%rip), %rdi
    movq function(%rip), %rax
    jmp *%rax

    .balign 8
gdt:
    .quad 0
    .quad 0x00af9a000000ffff                        # 0x08: 64-bit code, ring 0
gdt_pointer:
    .word gdt_pointer - gdt - 1
    .long TRAMPOLINE + gdt - trampoline_start

    .balign 8
trampoline_words:
root:
    .quad 0
stack:
    .quad 0
argument:
    .quad 0
function:
    .quad 0
trampoline_end:

    .section .note.GNU-stack, "", @progbits
