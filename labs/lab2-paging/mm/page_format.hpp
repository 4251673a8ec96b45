// What the paging code needs to know of a page-table format. All else is written against this, so that it also runs with
// another format, or over simulated memory on the host.
#pragma once

#include <concepts>
#include <cstdint>

#include "lib/address.hpp"
#include "lib/result.hpp"

namespace strata {

// What an entry says about the page that it maps, besides where it lies.
struct PageAttributes {
  Perms perms;
  bool device = false;  // registers, not memory: never cached
  constexpr bool operator==(const PageAttributes&) const = default;
};

// An entry is a number; 0 is the empty one. Levels count from 1, the tables that map the smallest pages, to `levels`, the root.
template <typename F>
concept PageFormat = requires(uint64_t entry, Pa pa, unsigned level, PageAttributes attributes) {
  { F::levels } -> std::convertible_to<unsigned>;
  { F::index_bits } -> std::convertible_to<unsigned>;  // a table has 2^index_bits entries
  { F::page_bits } -> std::convertible_to<unsigned>;   // the smallest page has 2^page_bits bytes
  { F::largest_page_level } -> std::convertible_to<unsigned>;
  { F::page(pa, level, attributes) } -> std::same_as<Result<uint64_t>>;
  { F::table(pa) } -> std::same_as<Result<uint64_t>>;
  { F::is_page(entry, level) } -> std::same_as<bool>;
  { F::address(entry, level) } -> std::same_as<Pa>;
  { F::attributes(entry) } -> std::same_as<PageAttributes>;
};

}  // namespace strata

#include "mm/x86/entry.hpp"

namespace strata {

using Format = X86Format;
static_assert(PageFormat<Format>);

// How much one entry of a table of this level covers, in bytes.
constexpr uint64_t bytes_at(unsigned level) { return 1ull << (Format::page_bits + (level - 1) * Format::index_bits); }

}  // namespace strata
