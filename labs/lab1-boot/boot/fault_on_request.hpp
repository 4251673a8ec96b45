// A fault at the end of boot, on request: something for exercises 1.8 and 1.9 to explain, without a line changed.
#pragma once

namespace strata {

// Writes through a null pointer if the host asks for it (`make run FAULT=1`); else does nothing.
void fault_if_requested();

}  // namespace strata
