// Filling whole frames; how, is the CPU's business (x86/clear_frame.cpp).
#pragma once

namespace strata {

// Both are a frame's first byte; the two do not overlap.
void clear_frame(void* to);
void copy_frame(void* to, const void* from);

}  // namespace strata
