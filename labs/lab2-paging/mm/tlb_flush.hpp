// What the CPU must forget. The TLB keeps translations that the tables do not have any more until it is told (Intel SDM
// vol. 3A, 4.10.4). Whoever takes a translation or a right away adds it here; commit() tells the TLB, all at once.
//
//     TlbFlush flush(tlb);
//     TRY(tables.unmap(va, bytes, flush));
//     flush.commit();
//     release_frame(...)    not before: until then somebody may still write to it
#pragma once

#include "lib/address.hpp"
#include "mm/table_store.hpp"

namespace strata {

// A CPU's TLB, or a simulated one.
class Tlb {
 public:
  virtual void flush_page(Va va) = 0;  // the page of any size around `va`, and what is known of the tables on the way
  virtual void flush_all() = 0;

  // Other CPUs forget, too, what they know of address spaces. Called once after any number of the above.
  virtual void flush_others() {}

 protected:
  ~Tlb() = default;
};

// Of an address space that no CPU uses: nothing has been remembered.
class NoTlb final : public Tlb {
 public:
  void flush_page(Va va) override;
  void flush_all() override;
};

class TlbFlush {
 public:
  static constexpr size_t most_pages = 32;   // beyond that, flushing everything is cheaper
  static constexpr size_t most_tables = 16;  // that wait to be freed

  explicit TlbFlush(Tlb& tlb) : tlb_(tlb) {}
  TlbFlush(const TlbFlush&) = delete;
  TlbFlush& operator=(const TlbFlush&) = delete;

  // Panics when commit() was forgotten.
  ~TlbFlush();

  // Exercise 2.8. The translations of `bytes` from `va` on, in pages of `page` bytes, are not to be used any more; both
  // are multiples of `page`. Up to most_pages pages since the last commit are told one by one; beyond that, everything at once.
  void add(Va va, uint64_t bytes, uint64_t page);

  // Flushes what was added since the last time and forgets it, and frees the tables.
  void commit();

  // A table that no entry points to any more: the CPU may still walk it, so it is freed by commit(), which this may call early.
  // All tables of a flush are of one store.
  void free_later(TableStore& store, Pa table);

 private:
  // Exercise 2.8. Tells the TLB, page by page or everything; nothing when nothing was added.
  void flush();

  Tlb& tlb_;
  bool everything_ = false;
  size_t page_count_ = 0;
  size_t table_count_ = 0;
  TableStore* store_ = nullptr;
  Va pages_[most_pages];
  Pa tables_[most_tables];
};

}  // namespace strata
