// Filling whole frames, by the CPU's string instructions (an iteration counts as one instruction under -icount).
#pragma once

#include <cstdint>

#include "mm/frame.hpp"

namespace strata {

// `to` is a frame's first byte.
inline void clear_frame(void* to) {
  uint64_t count = frame_size / 8;
  asm volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(uint64_t{0}) : "memory");
}

inline void copy_frame(void* to, const void* from) {
  uint64_t count = frame_size / 8;
  asm volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(count) : : "memory");
}

}  // namespace strata
