// A region: a range of an address space, what backs it, and what may be done there. Regions and Vmos are the kernel's only record
// of an address space; page tables are made from them, fault by fault, and may be thrown away at any time.
#pragma once

#include "lib/address.hpp"
#include "lib/list.hpp"
#include "lib/ref.hpp"

namespace strata {

class AddressSpace;
class Vmo;

struct Region {
  Va start;
  Va end;  // first address behind it; both are multiples of 4 KiB
  Perms perms;
  Ref<Vmo> vmo;
  uint64_t first_page = 0;  // of the Vmo, at `start`
  AddressSpace* space = nullptr;
  ListLink<Region> vmo_link;  // on the Vmo's list of regions that show it

  // The tree's.
  Region* left = nullptr;
  Region* right = nullptr;
  int height = 0;

  bool contains(Va va) const { return start <= va && va < end; }
  uint64_t pages() const { return (end - start) / bytes_of(PageSize::Size4K); }
  uint64_t page_of(Va va) const { return first_page + (va - start) / bytes_of(PageSize::Size4K); }
  Va va_of(uint64_t page) const { return start + (page - first_page) * bytes_of(PageSize::Size4K); }
};

}  // namespace strata
