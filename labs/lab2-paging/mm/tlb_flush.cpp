#include "mm/tlb_flush.hpp"

#include "debug/panic.hpp"

namespace strata {

void NoTlb::flush_page(Va) {}
void NoTlb::flush_all() {}

TlbFlush::~TlbFlush() {
  if (everything_ || page_count_ != 0 || table_count_ != 0) panic("TlbFlush: commit() was forgotten");
}

void TlbFlush::commit() {
  bool any = everything_ || page_count_ != 0;
  flush();
  if (any) tlb_.flush_others();
  everything_ = false;
  page_count_ = 0;
  for (size_t i = 0; i < table_count_; ++i) store_->free(tables_[i]);
  table_count_ = 0;
}

void TlbFlush::free_later(TableStore& store, Pa table) {
  if (table_count_ == most_tables) commit();
  everything_ = true;  // no single page tells that it was walked through this table
  store_ = &store;
  tables_[table_count_++] = table;
}

}  // namespace strata
