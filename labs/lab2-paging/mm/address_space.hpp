// An address space: regions, and page tables that are filled in as its pages are used.
// Invariants: what the tables map, a region allows; the tables' entry 511 is the kernel's (kernel_space.hpp).
#pragma once

#include "mm/fault_decision.hpp"
#include "mm/page_tables.hpp"
#include "mm/region_tree.hpp"

namespace strata {

// What was tried at an address.
struct Access {
  bool write : 1 = false;
  bool execute : 1 = false;
  bool reserved_bit : 1 = false;
};

class AddressSpace {
 public:
  // Where regions may be: above the null page's neighbourhood, below the last page before the hole.
  static constexpr Va start_of_space{0x1000};
  static constexpr Va end_of_space{0x0000'7fff'ffff'f000};

  // Without regions. OutOfMemory.
  static Result<Owner<AddressSpace>> create();

  AddressSpace() = default;
  AddressSpace(const AddressSpace&) = delete;
  AddressSpace& operator=(const AddressSpace&) = delete;
  ~AddressSpace();

  // Shows `pages` of `vmo` from `first_page` on at `at`, a multiple of 4 KiB; address 0: where there is room. Returns where.
  // InvalidArgument: no pages, or not all of them in the Vmo or between start_of_space and end_of_space. AlreadyExists: a region
  // is in the way. OutOfMemory: also when no gap is large enough.
  Result<Va> map(Va at, uint64_t pages, Perms perms, const Ref<Vmo>& vmo, uint64_t first_page);

  // Takes the range out of all regions; those that reach beyond it are cut. InvalidArgument: not in whole pages, or outside.
  // OutOfMemory: nothing has changed.
  Result<> unmap(Va at, uint64_t pages);

  // Other permissions for the range. As unmap(); NotFound: a part of it is in no region.
  Result<> protect(Va at, uint64_t pages, Perms perms);

  // Makes the access at `va` possible if a region allows it. BadAddress, PermissionDenied, OutOfMemory, Internal.
  Result<> resolve(Va va, Access access);

  // Makes this the address space in use.
  void activate();

  Region* find(Va va) const { return regions_.find(va); }
  Region* first_region() const { return regions_.first(); }
  Region* first_region_behind(Va va) const { return regions_.first_behind(va); }
  Region* next_region(const Region& region) const { return regions_.next(region); }
  const PageTables& tables() const { return tables_; }

  // For Vmos: the region's pages must fault at the next write; one of them at the next access. Cannot fail once all is written,
  // because regions are mapped in the smallest pages: nothing is split.
  Result<> write_protect(Region& region);
  Result<> forget(Region& region, uint64_t page);

 private:
  // Back to the kernel's tables.
  static void leave();

  static Result<> check(Va at, uint64_t pages);
  Result<Va> find_gap(uint64_t pages) const;
  Result<> set_page(Va va, Pa frame, PageAttributes attributes);
  Result<> find_leaf(Va va);

  // The regions: a new one, its end, and their cutting and joining.
  Result<> add(Va start, Va end, Perms perms, const Ref<Vmo>& vmo, uint64_t first_page);
  void remove(Region& region);
  void drop(Region& region);
  Result<> cut(Va at);
  bool join_with_next(Region& region);
  void join(Va from, Va to);

  PageTables tables_;
  LeafTable leaf_;  // where the last page was set; the next one is often its neighbour. Empty after tables were freed.
  RegionTree regions_;
};

// The address space in use; nullptr: only the kernel's.
extern AddressSpace* current_space;

// Sends page faults to the address space in use; those that it cannot resolve are a panic. Prints [FAULT].
Result<> start_page_faults();

}  // namespace strata
