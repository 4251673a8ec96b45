// A cursor stands at one entry of a tree of page tables and can move to the entry that decides about any address. Page sizes
// are no concern of those who use it: an entry covers start() .. end(), be it a page of any size or nothing at all.
// (Intel SDM vol. 3A, 4.5.4; the shape is the `vmiter` of Harvard's Chickadee.)
#pragma once

#include "mm/leaf_table.hpp"
#include "mm/page_format.hpp"
#include "mm/table_store.hpp"

namespace strata {

class Cursor {
 public:
  // Stands at the first entry of the root table. Owns nothing.
  Cursor(TableStore& store, Pa root) : store_(store) { path_[Format::levels - 1] = root; }

  // Exercise 2.4. Goes to the entry that decides about `va`: from the root down until the entry is empty or a page, or its table
  // is of level `lowest`. InvalidArgument: an address that is not canonical, no such level; the cursor has not moved.
  Result<> find(Va va, unsigned lowest = 1);

  // Exercise 2.4. Goes to the entry for `va` of level `lowest`, and makes the tables that are missing on the way.
  // As find(); AlreadyExists: a larger page covers `va`. OutOfMemory: the tables made so far stay, empty (unmap frees them).
  // After either it stands at the entry where it could not go on.
  Result<> create(Va va, unsigned lowest);

  // Where it stands.
  Va va() const { return va_; }
  unsigned level() const { return level_; }
  Pa table() const { return path_[level_ - 1]; }
  uint64_t entry() const { return *slot(); }
  bool empty() const { return entry() == 0; }
  bool is_page() const { return Format::is_page(entry(), level_); }

  // What the entry covers.
  Va start() const { return {align_down(va_.value, bytes_at(level_))}; }
  Va end() const { return start() + bytes_at(level_); }

  // Where `va` lies; only at a page.
  Pa pa() const { return Format::address(entry(), level_) + (va_ - start()); }

  // Writes the entry and counts what its table has in use. Whoever takes rights or translations away owes a TlbFlush.
  void set(uint64_t entry);
  uint16_t used_entries() const { return store_.used_entries(table()); }

  // Only at level 1.
  LeafTable leaf_table() const {
    return {{align_down(va_.value, bytes_at(2))}, store_.entries(table()), store_.used_entries(table())};
  }

  // To the entry that points to this table; not from the root.
  void up() { ++level_; }

 private:
  // The index of `va` in a table of this level, and the entry there.
  static size_t index(Va va, unsigned level) { return va.value / bytes_at(level) & ((1u << Format::index_bits) - 1); }
  uint64_t* slot() const { return store_.entries(table()) + index(va_, level_); }

  TableStore& store_;
  Pa path_[Format::levels] = {};  // path_[n - 1]: the table of level n on the way here, as far down as level_
  Va va_;
  unsigned level_ = Format::levels;
};

// Bits above the translated ones repeat the highest of these. (SDM vol. 1, 3.3.7.1)
constexpr bool is_canonical(Va va) {
  constexpr unsigned unused = 64 - (Format::page_bits + Format::levels * Format::index_bits);
  return static_cast<uint64_t>(static_cast<int64_t>(va.value << unused) >> unused) == va.value;
}

}  // namespace strata
