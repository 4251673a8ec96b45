// Page-table entries of x86-64 (Intel SDM vol. 3A, 4.5, tables 4-15 to 4-20): four levels, pages of 4 KiB, 2 MiB and 1 GiB.
//
//     63   62 .. 52   51 .. 12             11 .. 9    8   7    6   5   4    3    2   1   0
//     NX   ignored    physical address     ignored    G   PS   D   A   PCD  PWT  U   W   P
#pragma once

#include <cstdint>

#include "lib/address.hpp"
#include "lib/result.hpp"

namespace strata {

struct PageAttributes;

struct X86Format {
  static constexpr unsigned levels = 4;
  static constexpr unsigned index_bits = 9;
  static constexpr unsigned page_bits = 12;
  static constexpr unsigned largest_page_level = 3;

  // What the CPU sets in the entry of a page, with the first access and with the first write (4.8).
  static constexpr uint64_t accessed = 1ull << 5, dirty = 1ull << 6;

  // Exercise 2.3. An entry of a table of this level that maps a page. A page that may not be executed has NX; a device's
  // never may, and is not cached (PCD). InvalidArgument: no such pages at this level; an address that is not a multiple of the
  // page's size or needs more than 52 bits.
  static Result<uint64_t> page(Pa pa, unsigned level, PageAttributes attributes);

  // Exercise 2.3. An entry that points to a table of the next lower level. It allows everything: the page decides.
  // InvalidArgument: an address that is not a multiple of 4 KiB or needs more than 52 bits.
  static Result<uint64_t> table(Pa pa);

  // Exercise 2.3. Does this entry of a table of this level map a page? False for the empty entry and for tables. Bit 7 decides at
  // every level but 1; a right entry of level 4 never has it.
  static bool is_page(uint64_t entry, unsigned level);

  // Exercise 2.3. Where the page or the table of a present entry lies.
  static Pa address(uint64_t entry, unsigned level);

  // Exercise 2.3. The bits of a present entry, read as a page's.
  static PageAttributes attributes(uint64_t entry);
};

namespace x86_entry {
inline constexpr uint64_t present = 1ull << 0;
inline constexpr uint64_t writable = 1ull << 1;
inline constexpr uint64_t user = 1ull << 2;
inline constexpr uint64_t cache_disable = 1ull << 4;
inline constexpr uint64_t page_size = 1ull << 7;  // not at level 1
inline constexpr uint64_t no_execute = 1ull << 63;
inline constexpr uint64_t address_mask = 0x000f'ffff'ffff'f000;
}  // namespace x86_entry

}  // namespace strata
