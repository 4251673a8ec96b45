// A word that only one CPU writes, and others wait for.
#pragma once

#include <cstdint>

namespace strata {

// Everything written before is seen by who sees the new value: on x86 stores are seen in their order (Intel SDM vol. 3A, 8.2.2), so one
// instruction without a lock prefix is enough.
inline void increment_released(uint32_t& word) { asm volatile("incl %0" : "+m"(word) : : "memory"); }

}  // namespace strata
