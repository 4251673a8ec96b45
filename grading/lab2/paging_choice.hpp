// Ranges as the tests of exercises 2.5 to 2.7 draw them; paging_model.py does the same.
#pragma once

#include <algorithm>

#include "mm/page_tables.hpp"
#include "report/tests.hpp"

namespace strata {

inline constexpr uint64_t page = 4096;
inline constexpr uint64_t window = 3ull << 30;  // all ranges of a test lie in 3 GiB from its base on

inline uint64_t size(unsigned level) { return 1ull << (12 + 9 * (level - 1)); }

inline PageAttributes attributes(uint64_t bits) {
  return {{.write = (bits & 1) != 0, .execute = (bits & 2) != 0, .user = (bits & 4) != 0}, (bits & 8) != 0};
}

// A range whose physical and virtual addresses agree up to pages of `level`, or of the level below; short if these are small.
struct Choice {
  Va va;
  Pa pa;
  uint64_t bytes;
};

inline Choice draw(Random& random, Va base) {
  auto level = static_cast<unsigned>(1 + random.below(3));
  uint64_t span = level == 1 ? 1 << 20 : 3 * size(level);
  uint64_t edges[2];
  for (uint64_t& edge : edges) {
    uint64_t offset = random.below(span);
    edge = align_down(offset, size(static_cast<unsigned>(1 + random.below(level))));
  }
  uint64_t begin = std::min(edges[0], edges[1]), end = std::max(edges[0], edges[1]);
  Pa pa{align_down(random.below(1ull << 40), size(level)) + begin % size(level)};
  if (level > 1 && random.below(3) == 0) pa = pa + size(level - 1) * (1 + random.below(511));
  return {base + begin, pa, end == begin ? page : end - begin};
}

inline Va draw_base(Random& random) { return {(random.below(1 << 16) + 1) << 30}; }

}  // namespace strata
