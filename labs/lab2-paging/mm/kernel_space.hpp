// The kernel's own part of every address space: image, direct map, stacks, all below entry 511 of the root table.
// Invariant: W^X: nothing in it may be both written and executed. (README.md of lab 2: the memory map)
#pragma once

#include "mm/page_tables.hpp"

namespace strata {

// Builds the kernel's tables anew, in frames, each part of the image with the permissions it needs, and switches to them; the
// first time that this succeeds, later there is nothing to do. Fails with what PageTables say.
Result<> build_kernel_space();

// The same at boot: also turns on what the CPU has against running and reading user memory by mistake (SMEP, SMAP, UMIP), and
// prints [W^X].
Result<> start_kernel_space();

// The root table that has only the kernel in it. Valid after build_kernel_space() has succeeded.
PageTables& kernel_space();

// Tables in frames, for all address spaces.
TableStore& frame_tables();

// The TLBs of this machine, for changes of the address space in use.
Tlb& machine_tlb();

}  // namespace strata
