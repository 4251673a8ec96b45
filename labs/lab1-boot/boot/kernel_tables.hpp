// The kernel's first page tables of its own (Intel SDM vol. 3A, 4.5): one root entry, 511, for all kernel memory, and
// nothing at low addresses, so that a null pointer faults.
//
//     root[511] -> high[256 ..]  the direct map: pages of 1 GiB
//                  high[510]     -> image_directory[0..3] -> image_pages[0..3]: the kernel image in pages of 4 KiB
#pragma once

#include <cstdint>

#include "lib/address.hpp"
#include "lib/result.hpp"

namespace strata {

namespace entry_bit {
inline constexpr uint64_t present = 1u << 0;
inline constexpr uint64_t writable = 1u << 1;
inline constexpr uint64_t large_page = 1u << 7;  // in the second level: 1 GiB; in the third: 2 MiB
}  // namespace entry_bit

struct alignas(4096) PageTable {
  static constexpr size_t count = 512;
  uint64_t entries[count] = {};
};

struct KernelTables {
  static constexpr size_t image_tables = 4;
  PageTable root;
  PageTable high;
  PageTable image_directory;
  PageTable image_pages[image_tables];
};

// What is to be mapped. All addresses are multiples of 4 KiB; the image lies in the first 8 MiB from kernel_image_base on,
// and virtual minus physical address is kernel_image_base for all of it.
struct KernelLayout {
  Va image_start;
  Va image_end;
  Va guard_page;            // stays unmapped; an address outside the image leaves nothing out
  uint64_t direct_map_gib;  // 1 .. 128
};

// Fills `tables`, which lie at physical address `tables_pa`, and returns what CR3 must hold. Every page is present and
// writable (lab 2 will tell code from data); upper levels allow both as well, and lead to all tables, empty or not. Nothing
// else is mapped, and what stood in `tables` before is gone.
// InvalidArgument: a direct map of 0 GiB or of more than 128, an image that does not lie as described or that ends before
// it starts.
Result<Pa> build_kernel_tables(const KernelLayout& layout, KernelTables& tables, Pa tables_pa);

// Builds the tables for this machine, switches to them, and prints [PAGING]. Fails with what build_kernel_tables says;
// NotSupported: a CPU without pages of 1 GiB.
Result<> start_paging();

// How much physical memory the direct map covers on this machine, from address 0 on: all memory, and 4 GiB at least, because
// devices lie below.
uint64_t direct_map_gib();

}  // namespace strata
