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
    #@ solution
    movl %eax, %esi                                 # the arguments of kernel_main, untouched from here on
    movl %ebx, %edi
    movl $0x80000000, %eax
    cpuid
    cmpl $0x80000001, %eax
    jb no_long_mode
    movl $0x80000001, %eax
    cpuid
    notl %edx
    testl $(1 << 29 | 1 << 20), %edx                # LM, NX
    jnz no_long_mode

    movl $0x83, %eax                                # four directories: pages of 2 MiB, present, writable
    movl $(my_directories - KERNEL_OFFSET), %edx
1:  movl %eax, (%edx)                               # .bss: the upper half of the entry is 0
    addl $8, %edx
    addl $0x200000, %eax
    jnc 1b                                          # up to 4 GiB

    .set gib, 0                                     # one table for both halves, so the direct map begins at 0, too
    .rept 4
    movl $(my_directories - KERNEL_OFFSET + 4096 * gib + 3), my_middle - KERNEL_OFFSET + 8 * gib
    movl $(my_directories - KERNEL_OFFSET + 4096 * gib + 3), my_middle - KERNEL_OFFSET + 8 * (DIRECT_MAP_ENTRY + gib)
    .set gib, gib + 1
    .endr
    movl $(my_directories - KERNEL_OFFSET + 3), my_middle - KERNEL_OFFSET + 8 * KERNEL_IMAGE_ENTRY
    movl $(my_middle - KERNEL_OFFSET + 3), my_root - KERNEL_OFFSET
    movl $(my_middle - KERNEL_OFFSET + 3), my_root - KERNEL_OFFSET + 8 * 511

    movl %cr4, %eax
    orl $(1 << 5), %eax                             # PAE: entries of 8 bytes
    movl %eax, %cr4
    movl $(my_root - KERNEL_OFFSET), %eax
    movl %eax, %cr3
    movl $0xc0000080, %ecx                          # IA32_EFER
    rdmsr
    orl $(1 << 8 | 1 << 11), %eax                   # LME, NXE
    wrmsr
    movl %cr0, %eax
    orl $(1 << 31 | 1 << 16), %eax                  # PG, WP
    movl %eax, %cr0
    lgdt my_gdt_pointer - KERNEL_OFFSET
    ljmp $8, $(my_start64 - KERNEL_OFFSET)

no_long_mode:
    hlt
    jmp no_long_mode
    #@ skeleton
    # jmp unimplemented_1_11
    #@ end
    .cfi_endproc

    .text
    .code64
    .cfi_startproc
    .cfi_undefined 16
# EXERCISE 1.11  In 64-bit code: segments -> high address -> GDT once more -> stack -> kernel_main.
    #@ solution
my_start64:
    xorl %eax, %eax
    movl %eax, %ds
    movl %eax, %es
    movl %eax, %ss
    movl %eax, %fs
    movl %eax, %gs
    movabsq $my_start_high, %rax
    jmp *%rax
my_start_high:
    lgdt my_gdt_high_pointer(%rip)
    movq $boot_stack_top, %rsp
    xorl %ebp, %ebp
    call kernel_main
    ud2
    #@ end
    .cfi_endproc
    #@ solution

    .data
    .balign 8
my_gdt:
    .quad 0
    .quad 0x00af9a000000ffff                        # 0x08: 64-bit code, ring 0
my_gdt_pointer:
    .word my_gdt_pointer - my_gdt - 1
    .long my_gdt - KERNEL_OFFSET
my_gdt_high_pointer:
    .word my_gdt_pointer - my_gdt - 1
    .quad my_gdt

    .bss
    .balign 4096
my_root:
    .skip 4096
my_middle:
    .skip 4096
my_directories:
    .skip 4 * 4096
    #@ end

    .section .note.GNU-stack, "", @progbits
