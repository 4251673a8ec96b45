# From GRUB's 32-bit protected mode to C++ in the higher half.  (Multiboot2 3.3; Intel SDM vol. 3A, 10.8.5)
#
# GRUB enters start32 with eax = magic, ebx = physical address of the boot information, paging off, interrupts off, and
# no stack. The code up to `start_high` runs at its physical address: .boot is linked where it is loaded.
#
#     start32: which entry?                                -> given_start32, or the student's my_start32
#     given_start32: check -> cr4.PAE -> cr3 = temporary tables -> efer.LME -> cr0.PG -> far jump
#     start64: 64-bit code, still at the low address       -> jump
#     start_high: higher half, stack                       -> kernel_main(magic, boot information)

#include "boot/x86/temporary_tables.h"

    .cfi_sections .debug_frame                      # for debuggers: nobody called this code, backtraces end here
    .section .boot, "ax"
    .code32
    .globl start32, given_start32
start32:
    .cfi_startproc
    .cfi_undefined 16                               # the return address
    cli
    cld
    jmp choose_entry                                # back at once, unless the command line says `entry=mine`
given_start32:
    movl %eax, %esi                                 # cpuid takes eax and ebx
    movl %ebx, %edi

    movl $0x80000000, %eax                          # is there a leaf that tells about long mode?
    cpuid
    cmpl $0x80000001, %eax
    jb no_long_mode
    movl $0x80000001, %eax
    cpuid
    andl $(1 << 29 | 1 << 20), %edx                 # LM, NX
    cmpl $(1 << 29 | 1 << 20), %edx
    jne no_long_mode

    movl %cr4, %eax
    orl $(1 << 5), %eax                             # PAE: entries of 8 bytes
    movl %eax, %cr4
    movl $(temporary_root - KERNEL_OFFSET), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx                          # IA32_EFER
    rdmsr
    orl $(1 << 8 | 1 << 11), %eax                   # LME; NXE, with which a page fault tells fetches from reads
    wrmsr
    movl %cr0, %eax
    orl $(1 << 31 | 1 << 16), %eax                  # PG, and WP: the kernel, too, obeys read-only pages
    movl %eax, %cr0                                 # compatibility mode from here on
    lgdt boot_gdt_pointer
    ljmp $8, $start64

no_long_mode:
    movl $0xb8000, %edi                             # no console yet: two words on the text screen, if there is one
    movl $0x4f364f36, (%edi)                        # "66"
    movl $0x4f344f21, 4(%edi)                       # "!4"
    hlt
    jmp no_long_mode

    .code64
start64:
    xorl %eax, %eax                                 # the data segments mean nothing in 64-bit mode; make them null
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movabsq $start_high, %rax
    jmp *%rax
    .cfi_endproc

    .balign 8
boot_gdt_pointer:
    .word boot_gdt_end - boot_gdt - 1
    .long boot_gdt - KERNEL_OFFSET

    .text
    .code64
    .globl start_high
    .type start_high, @function
start_high:
    .cfi_startproc
    .cfi_undefined 16
    movq $boot_stack_top, %rsp
    lgdt boot_gdt_high_pointer(%rip)                # the same table where it stays mapped
    xorl %ebp, %ebp                                 # the end of every backtrace
    movl %edi, %edi                                 # arguments: boot information, magic; upper halves cleared
    movl %esi, %esi
    call kernel_main                                # does not return
    ud2
    .cfi_endproc
    .size start_high, . - start_high

    .data
    .balign 8
    .globl boot_gdt                                 # for the grader's witnesses, by name
boot_gdt:
    .quad 0
    .quad 0x00af9a000000ffff                        # 0x08: 64-bit code, ring 0
boot_gdt_end:
boot_gdt_high_pointer:
    .word boot_gdt_end - boot_gdt - 1
    .quad boot_gdt

    .section .note.GNU-stack, "", @progbits
