// Exercise 2.4: the way from the root to an entry.
// Invariant: path_[n - 1] is the table of level n on the way to va_, for every level from the root down to level_.
#include "debug/unimplemented.hpp"
#include "mm/cursor.hpp"

namespace strata {

// EXERCISE 2.4  One step: is there a table below this entry? Then the next level's entry for `va` is in it.
Result<> Cursor::find(Va va, unsigned lowest) {
  //@ solution
  if (!is_canonical(va) || lowest < 1 || lowest > Format::levels) return Error::InvalidArgument;
  va_ = va;
  level_ = Format::levels;
  while (level_ > lowest && !empty() && !is_page()) {
    path_[level_ - 2] = Format::address(entry(), level_);
    --level_;
  }
  return {};
  //@ skeleton
  // (void)va, (void)lowest;
  // return unimplemented("2.4 Cursor::find");
  //@ end
}

// EXERCISE 2.4  Where find() has stopped above `lowest`, something is missing or in the way. Why does set() come last?
Result<> Cursor::create(Va va, unsigned lowest) {
  //@ solution
  TRY(find(va, lowest));
  while (level_ > lowest) {
    if (!empty()) return Error::AlreadyExists;
    Pa table = TRY(store_.allocate());
    set(TRY(Format::table(table)));
    path_[level_ - 2] = table;
    --level_;
  }
  return {};
  //@ skeleton
  // (void)va, (void)lowest;
  // return unimplemented("2.4 Cursor::create");
  //@ end
}

}  // namespace strata
