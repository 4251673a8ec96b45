// A page table of smallest pages, for those who set many of its entries one by one: the way there is walked only once.
// Valid until the table is freed; a default one covers nothing.
#pragma once

#include "mm/page_format.hpp"

namespace strata {

class LeafTable {
 public:
  LeafTable() = default;
  LeafTable(Va start, uint64_t* entries, uint16_t& used) : start_(start), entries_(entries), used_(&used) {}

  bool covers(Va va) const { return entries_ && va - start_ < bytes_at(2); }

  // Only where it covers() `va`, and for an entry that is not empty.
  void set(Va va, uint64_t entry) {
    uint64_t& where = entries_[(va - start_) / bytes_at(1)];
    if (where == 0) ++*used_;
    where = entry;
  }

 private:
  Va start_;
  uint64_t* entries_ = nullptr;
  uint16_t* used_ = nullptr;
};

}  // namespace strata
