// One address space's page tables: what is mapped where, and with which rights. Ranges are multiples of 4 KiB.
// Invariant: no table but the root is empty.
#pragma once

#include "mm/cursor.hpp"
#include "mm/tlb_flush.hpp"

namespace strata {

// What is mapped at an address.
struct Mapping {
  Va va;  // where the page begins
  Pa pa;
  uint64_t bytes = 0;  // of the page
  PageAttributes attributes;
};

class PageTables {
 public:
  constexpr PageTables() = default;

  // `root` is a table of `store`, which the caller owns and frees after unmapping everything.
  constexpr PageTables(TableStore& store, Pa root) : store_(&store), root_(root) {}

  Pa root() const { return root_; }
  Cursor cursor() const { return {*store_, root_}; }

  // NotFound: nothing is mapped at `va`. InvalidArgument: not canonical.
  Result<Mapping> query(Va va) const;

  // Exercise 2.5. Maps `bytes` of physical memory from `pa` on at `va`, in the largest pages that fit.
  // InvalidArgument: an address or size that is not a multiple of 4 KiB, a range that is empty, wraps or is not canonical.
  // The same on the way, and undone: a physical address of more than 52 bits. AlreadyExists: something is mapped in the range.
  // OutOfMemory. After an error all is as before.
  Result<> map_contiguous(Va va, Pa pa, uint64_t bytes, PageAttributes attributes);

  // Exercise 2.6. Unmaps what is mapped in the range (there may be holes) and frees the tables that become empty or are.
  // InvalidArgument: as above, or the range cuts a large page; then all is as before. The flush is told, and committed by
  // the caller.
  Result<> unmap(Va va, uint64_t bytes, TlbFlush& flush);

  // Exercise 2.7. Replaces a large page that `va` cuts by a table of smaller ones that map the same, until a page begins at `va`.
  // Nothing to do when none is cut. `va` is a multiple of 4 KiB. InvalidArgument: not canonical. OutOfMemory: all is as before, or
  // cut into larger pieces.
  Result<> split(Va va);

  // Exercise 2.7. Gives what is mapped in the range (there may be holes) these permissions; splits large pages that reach beyond.
  // InvalidArgument: as above. OutOfMemory: no permission has changed, though
  // pages may be split. The flush is told where a right was taken away.
  Result<> update_flags(Va va, uint64_t bytes, Perms perms, TlbFlush& flush);

 private:
  // InvalidArgument unless the range is not empty, page-aligned, and canonical from its first to its last byte.
  static Result<> check_range(Va va, uint64_t bytes);

  TableStore* store_ = nullptr;
  Pa root_;
};

}  // namespace strata
