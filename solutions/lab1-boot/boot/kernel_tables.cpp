// Exercise 1.4: the kernel's first page tables.
// Invariant: what is not asked for is not mapped; entries that are not written are 0, and that means "not present".
#include "boot/kernel_tables.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

//@ solution
namespace {

constexpr uint64_t present_writable = entry_bit::present | entry_bit::writable;
constexpr uint64_t most_gib = 128;

// The index into the table of this level: 9 bits of the address, the page offset being level 0 of 12 bits.
size_t index_of(Va va, unsigned level) { return va.value >> (12 + 9 * (level - 1)) & (PageTable::count - 1); }

bool valid(const KernelLayout& layout) {
  Va end_of_tables = kernel_image_base + KernelTables::image_tables * bytes_of(PageSize::Size2M);
  return layout.direct_map_gib >= 1 && layout.direct_map_gib <= most_gib && layout.image_start >= kernel_image_base &&
         layout.image_start <= layout.image_end && layout.image_end <= end_of_tables;
}

}  // namespace
//@ end
// EXERCISE 1.4  An entry holds a *physical* address. Where does each of the tables lie, given where the first does?
Result<Pa> build_kernel_tables(const KernelLayout& layout, KernelTables& tables, Pa tables_pa) {
  //@ solution
  if (!valid(layout)) return Error::InvalidArgument;
  auto entry_for = [&](const PageTable& table) {
    auto offset = reinterpret_cast<const char*>(&table) - reinterpret_cast<const char*>(&tables);
    return (tables_pa + static_cast<uint64_t>(offset)).value | present_writable;
  };
  tables = KernelTables{};
  tables.root.entries[index_of(kernel_image_base, 4)] = entry_for(tables.high);
  tables.high.entries[index_of(kernel_image_base, 3)] = entry_for(tables.image_directory);
  for (size_t i = 0; i < KernelTables::image_tables; ++i) {
    tables.image_directory.entries[i] = entry_for(tables.image_pages[i]);
  }

  size_t first = index_of(direct_map_base, 3);
  for (uint64_t gib = 0; gib < layout.direct_map_gib; ++gib) {
    tables.high.entries[first + gib] = gib * bytes_of(PageSize::Size1G) | present_writable | entry_bit::large_page;
  }
  for (Va page = layout.image_start; page < layout.image_end; page = page + bytes_of(PageSize::Size4K)) {
    if (page == layout.guard_page) continue;
    tables.image_pages[index_of(page, 2)].entries[index_of(page, 1)] = (page - kernel_image_base) | present_writable;
  }
  return tables_pa;
  //@ skeleton
  // (void)layout, (void)tables, (void)tables_pa;
  // return unimplemented("1.4 build_kernel_tables");
  //@ end
}

}  // namespace strata
