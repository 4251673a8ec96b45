// What the CPU offers against a kernel's own mistakes (Intel SDM vol. 3A, 2.5 "CR4", 4.6).
#pragma once

#include "lib/print.hpp"

namespace strata {

// Turns on what this CPU has of: SMEP (the kernel executes no user page), SMAP (it reads and writes none by mistake), UMIP
// (ring 3 cannot ask where the kernel's tables are). Writes their names to `names`: " SMEP SMAP UMIP".
void enable_protection(Sink& names);

}  // namespace strata
