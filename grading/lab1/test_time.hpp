// Time for ratios: under -icount the time stamp counter counts guest instructions, so equal runs take equal time.
#pragma once

#include <cstdint>

namespace strata {

inline uint64_t test_time() {
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return static_cast<uint64_t>(high) << 32 | low;
}

}  // namespace strata
