// For programs that measure.
#pragma once

#include "runtime/program.hpp"

namespace strata {

// The shortest of `count` runs of `body`, by the CPU's own clock.
template <typename Body>
uint64_t shortest(int count, Body body) {
  uint64_t best = ~uint64_t{0};
  for (int i = 0; i < count; ++i) {
    uint64_t start = read_time_stamp();
    body();
    uint64_t spent = read_time_stamp() - start;
    if (spent < best) best = spent;
  }
  return best;
}

}  // namespace strata
