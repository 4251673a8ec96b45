// Loads what exercises 1.5 and 1.6 have filled in.
#pragma once

#include "lib/result.hpp"

namespace strata {

// GDT, TSS and segment registers; prints [GDT] and [TSS]. Fails with what fill_gdt says.
Result<> start_gdt();

// IDT, and a breakpoint to see that traps come back; prints [IDT]. Fails with what fill_idt or try_breakpoint says.
Result<> start_idt();

// Did start_idt() succeed? If not, interrupts must stay off.
bool traps_work();

}  // namespace strata
