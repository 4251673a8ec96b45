// Exercise 2.6: taking mappings away, and the tables that nobody needs any more.
// Invariant: no table but the root is empty when it returns.
#include "debug/unimplemented.hpp"
#include "mm/page_tables.hpp"

namespace strata {

//@ solution
namespace {

// Does the range end, or begin, inside of a large page?
bool cuts_page(Cursor at, Va boundary) { return at.find(boundary).ok() && at.is_page() && at.start() != boundary; }

// Frees the table in which the cursor stands if it is empty, then the one above if that becomes empty by it, and so on.
void free_empty_tables(Cursor& at, TableStore& store, TlbFlush& flush) {
  while (at.level() < Format::levels && at.used_entries() == 0) {
    Pa table = at.table();
    at.up();
    at.set(0);
    flush.free_later(store, table);
  }
}

}  // namespace

//@ end
// EXERCISE 2.6  What find() does not find mapped covers more than a page: where does the search go on?
Result<> PageTables::unmap(Va va, uint64_t bytes, TlbFlush& flush) {
  //@ solution
  TRY(check_range(va, bytes));
  if (cuts_page(cursor(), va) || cuts_page(cursor(), va + bytes)) return Error::InvalidArgument;
  Cursor at = cursor();
  Va last = va + (bytes - 1);
  for (;;) {
    TRY(at.find(va));
    Va end = at.end();
    if (at.is_page()) {
      flush.add(va, bytes_at(at.level()), bytes_at(at.level()));
      at.set(0);
    }
    free_empty_tables(at, *store_, flush);
    if (end.value - 1 >= last.value) return {};
    va = end;
  }
  //@ skeleton
  // (void)va, (void)bytes, (void)flush;
  // return unimplemented("2.6 PageTables::unmap");
  //@ end
}

}  // namespace strata
