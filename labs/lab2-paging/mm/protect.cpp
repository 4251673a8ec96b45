// Exercise 2.7: other permissions for a part of what is mapped.
// Invariant: a table takes the place of a page only when all of its entries map what the page mapped.
#include "debug/unimplemented.hpp"
#include "mm/page_tables.hpp"

namespace strata {

// EXERCISE 2.7  The page above goes on being used while the table below is filled. In which order are entries written?
Result<> PageTables::split(Va va) {
  (void)va;
  return unimplemented("2.7 PageTables::split");
}

// EXERCISE 2.7  What can fail must fail before the first permission changes.
Result<> PageTables::update_flags(Va va, uint64_t bytes, Perms perms, TlbFlush& flush) {
  (void)va, (void)bytes, (void)perms, (void)flush;
  return unimplemented("2.7 PageTables::update_flags");
}

}  // namespace strata
