// Exercise 2.8: what the TLB is told, and when telling it everything is cheaper.
// Invariant: what was added is flushed, be it by itself or with everything.
#include "debug/unimplemented.hpp"
#include "mm/tlb_flush.hpp"

namespace strata {

// EXERCISE 2.8  One flush per page is enough, also for a large one. How many pages may it be before everything is cheaper?
void TlbFlush::add(Va va, uint64_t bytes, uint64_t page) {
  (void)va, (void)bytes, (void)page;
  (void)unimplemented("2.8 TlbFlush::add");
}

void TlbFlush::flush() {
  (void)unimplemented("2.8 TlbFlush::flush");
}

}  // namespace strata
