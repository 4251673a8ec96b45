#include "mm/page_format.hpp"

namespace strata {

namespace {

// Bits 1, 0: 11 a table, or a page of 16 KiB; 01 a page of 32 MiB.
constexpr uint64_t valid = 1, table_or_small = 2, device = 1u << 2, user = 1u << 6, read_only = 1u << 7;
constexpr uint64_t no_execute = 1ull << 54, address_mask = 0x0000'ffff'ffff'c000;

}  // namespace

Result<uint64_t> X86Format::page(Pa pa, unsigned level, PageAttributes it) {
  if (level < 1 || level > largest_page_level || !is_aligned(pa.value, bytes_at(level))) return Error::InvalidArgument;
  if ((pa.value & ~address_mask) != 0) return Error::InvalidArgument;
  return pa.value | valid | (level == 1 ? table_or_small : 0) | (it.device ? device : 0) | (it.perms.user ? user : 0) |
         (it.perms.write ? 0 : read_only) | (it.perms.execute ? 0 : no_execute);
}

Result<uint64_t> X86Format::table(Pa pa) {
  if ((pa.value & ~address_mask) != 0) return Error::InvalidArgument;
  return pa.value | valid | table_or_small;
}

bool X86Format::is_page(uint64_t entry, unsigned level) {
  return (entry & valid) != 0 && ((entry & table_or_small) != 0) == (level == 1);
}

Pa X86Format::address(uint64_t entry, unsigned) { return {entry & address_mask}; }

PageAttributes X86Format::attributes(uint64_t entry) {
  return {{.write = (entry & read_only) == 0, .execute = (entry & no_execute) == 0, .user = (entry & user) != 0},
          (entry & device) != 0};
}

}  // namespace strata
