// The numbers that the temporary page tables and the entry code share; plain #defines, because assembly reads them too.
#pragma once

// Virtual minus physical address of everything that is linked in the higher half. kernel.ld has the same number.
#define KERNEL_OFFSET 0xffffffff80000000

// Entries of the table below root entry 511 (each spans 1 GiB): (address >> 30) & 511.
#define DIRECT_MAP_ENTRY 256    // 0xffffffc000000000
#define KERNEL_IMAGE_ENTRY 510  // 0xffffffff80000000
