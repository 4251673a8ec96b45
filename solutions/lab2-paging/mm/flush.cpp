// Exercise 2.8: what the TLB is told, and when telling it everything is cheaper.
// Invariant: what was added is flushed, be it by itself or with everything.
#include "debug/unimplemented.hpp"
#include "mm/tlb_flush.hpp"

namespace strata {

// EXERCISE 2.8  One flush per page is enough, also for a large one. How many pages may it be before everything is cheaper?
void TlbFlush::add(Va va, uint64_t bytes, uint64_t page) {
  //@ solution
  if (everything_ || bytes / page > most_pages - page_count_) {
    everything_ = true;
    return;
  }
  for (uint64_t offset = 0; offset < bytes; offset += page) pages_[page_count_++] = va + offset;
  //@ skeleton
  // (void)va, (void)bytes, (void)page;
  // (void)unimplemented("2.8 TlbFlush::add");
  //@ end
}

void TlbFlush::flush() {
  //@ solution
  if (everything_) {
    tlb_.flush_all();
  } else {
    for (size_t i = 0; i < page_count_; ++i) tlb_.flush_page(pages_[i]);
  }
  //@ skeleton
  // (void)unimplemented("2.8 TlbFlush::flush");
  //@ end
}

}  // namespace strata
