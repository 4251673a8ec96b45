// The road from the loader to kernel_main. There are two: the given one, boot/x86/entry.S; and the student's,
// boot/x86/my_start32.S (challenge 1.11), which is taken when `entry=mine` is a word of the kernel's command line.
//
// The loader gives (Multiboot2 3.3): 32-bit protected mode with flat segments, paging off, eax = its magic, ebx = physical
// address of the boot information. The image is in memory, .bss is zero. start32 adds: interrupts off, direction flag
// clear. Nothing else is promised; there is no stack, and no segment register may be loaded before a GDT of our own.
//
// At the first instruction of kernel_main, whichever road was taken (Intel SDM vol. 3A, 10.8.5):
//
//     mode        64-bit code in ring 0; CR0: PE, WP, PG; CR4: PAE; EFER: LME, LMA, NXE; interrupts off, direction flag clear
//     memory      CR3's tables are the entry's own. For ring 0 only, writable and executable: the first 4 GiB of physical
//                 memory at direct_map_base, the first 1 GiB at kernel_image_base. They may map low addresses, too
//     segments    GDTR points into the kernel image at its high address; CS is 64-bit code from there; DS ES FS GS SS are null
//     stack       rsp = boot_stack_top - 8: below the top there is only a return address, so a multiple of 16 before the
//                 call; rbp = 0, the end of every backtrace
//     arguments   edi = physical address of the boot information, esi = the loader's magic
//     .bss        what the loader left; nobody clears it once more, for tables may lie in it
#pragma once

#include "lib/result.hpp"

namespace strata {

// Was the student's entry taken? Unimplemented: it was asked for and is not written yet, so the given one was taken.
Result<bool> entered_by_my_start32();

// Prints [ENTRY] if it was; fails likewise.
Result<> start_entry();

}  // namespace strata
