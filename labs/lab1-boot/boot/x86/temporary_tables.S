# The page tables of the first instructions, made by the assembler: nobody needs to fill them in.  (Intel SDM vol. 3A, 4.5)
# Every page is 2 MiB, present, writable, and executable; exercise 1.4 replaces them by better ones.
#
#     root[0]   -> low[0..3]    -> the first 4 GiB, at their own address (for the entry code only)
#     root[511] -> high[256..]  -> the first 4 GiB, at 0xffffffc000000000 (the direct map)
#                  high[510]    -> the first 1 GiB, at 0xffffffff80000000 (the kernel image)

#include "boot/x86/temporary_tables.h"

#define PRESENT_WRITABLE 0x03
#define LARGE_PAGE 0x80

    .section .data.temporary_tables, "aw"
    .balign 4096
    .globl temporary_root
temporary_root:
    .quad low - KERNEL_OFFSET + PRESENT_WRITABLE
    .skip 510 * 8
    .quad high - KERNEL_OFFSET + PRESENT_WRITABLE

low:
    .set gib, 0
    .rept 4
    .quad directories - KERNEL_OFFSET + gib * 4096 + PRESENT_WRITABLE
    .set gib, gib + 1
    .endr
    .skip 508 * 8

high:
    .skip DIRECT_MAP_ENTRY * 8
    .set gib, 0
    .rept 4
    .quad directories - KERNEL_OFFSET + gib * 4096 + PRESENT_WRITABLE
    .set gib, gib + 1
    .endr
    .skip (KERNEL_IMAGE_ENTRY - DIRECT_MAP_ENTRY - 4) * 8
    .quad directories - KERNEL_OFFSET + PRESENT_WRITABLE
    .skip (511 - KERNEL_IMAGE_ENTRY) * 8

directories:
    .set page, 0
    .rept 4 * 512
    .quad (page << 21) + LARGE_PAGE + PRESENT_WRITABLE
    .set page, page + 1
    .endr

    .section .note.GNU-stack, "", @progbits
