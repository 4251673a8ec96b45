// Exercise 2.6: taking mappings away, and the tables that nobody needs any more.
// Invariant: no table but the root is empty when it returns.
#include "debug/unimplemented.hpp"
#include "mm/page_tables.hpp"

namespace strata {

// EXERCISE 2.6  What find() does not find mapped covers more than a page: where does the search go on?
Result<> PageTables::unmap(Va va, uint64_t bytes, TlbFlush& flush) {
  (void)va, (void)bytes, (void)flush;
  return unimplemented("2.6 PageTables::unmap");
}

}  // namespace strata
