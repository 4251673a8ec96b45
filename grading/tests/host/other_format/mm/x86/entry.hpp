// Takes the place of lab 2's entries in a build of its own: three levels of 2048 entries, pages of 16 KiB and 32 MiB, and other
// bits for everything. After the 16 KiB granule of Armv8-A (Arm ARM, D8.3).
#pragma once

#include <cstdint>

#include "lib/address.hpp"
#include "lib/result.hpp"

namespace strata {

struct PageAttributes;

struct X86Format {
  static constexpr unsigned levels = 3;
  static constexpr unsigned index_bits = 11;
  static constexpr unsigned page_bits = 14;
  static constexpr unsigned largest_page_level = 2;

  static Result<uint64_t> page(Pa pa, unsigned level, PageAttributes attributes);
  static Result<uint64_t> table(Pa pa);
  static bool is_page(uint64_t entry, unsigned level);
  static Pa address(uint64_t entry, unsigned level);
  static PageAttributes attributes(uint64_t entry);
};

}  // namespace strata
