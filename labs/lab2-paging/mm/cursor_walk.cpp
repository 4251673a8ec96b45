// Exercise 2.4: the way from the root to an entry.
// Invariant: path_[n - 1] is the table of level n on the way to va_, for every level from the root down to level_.
#include "debug/unimplemented.hpp"
#include "mm/cursor.hpp"

namespace strata {

// EXERCISE 2.4  One step: is there a table below this entry? Then the next level's entry for `va` is in it.
Result<> Cursor::find(Va va, unsigned lowest) {
  (void)va, (void)lowest;
  return unimplemented("2.4 Cursor::find");
}

// EXERCISE 2.4  Where find() has stopped above `lowest`, something is missing or in the way. Why does set() come last?
Result<> Cursor::create(Va va, unsigned lowest) {
  (void)va, (void)lowest;
  return unimplemented("2.4 Cursor::create");
}

}  // namespace strata
