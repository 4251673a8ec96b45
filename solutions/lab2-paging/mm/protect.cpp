// Exercise 2.7: other permissions for a part of what is mapped.
// Invariant: a table takes the place of a page only when all of its entries map what the page mapped.
#include "debug/unimplemented.hpp"
#include "mm/page_tables.hpp"

namespace strata {

//@ solution
namespace {

bool takes_away(Perms before, Perms after) {
  return (before.write && !after.write) || (before.execute && !after.execute) || (before.user && !after.user);
}

Result<> change_page(Cursor& at, Perms perms, TlbFlush& flush) {
  PageAttributes attributes = Format::attributes(at.entry());
  if (takes_away(attributes.perms, perms)) flush.add(at.start(), bytes_at(at.level()), bytes_at(at.level()));
  attributes.perms = perms;
  at.set(TRY(Format::page(at.pa(), at.level(), attributes)));
  return {};
}

}  // namespace

//@ end
// EXERCISE 2.7  The page above goes on being used while the table below is filled. In which order are entries written?
Result<> PageTables::split(Va va) {
  //@ solution
  Cursor at = cursor();
  TRY(at.find(va));
  while (at.is_page() && at.start() != va) {
    unsigned level = at.level() - 1;
    Pa pa = Format::address(at.entry(), at.level());
    PageAttributes attributes = Format::attributes(at.entry());
    Pa table = TRY(store_->allocate());
    uint64_t* entries = store_->entries(table);
    constexpr uint16_t count = 1u << Format::index_bits;
    for (uint16_t i = 0; i < count; ++i) entries[i] = TRY(Format::page(pa + i * bytes_at(level), level, attributes));
    store_->used_entries(table) = count;
    at.set(TRY(Format::table(table)));
    TRY(at.find(va));
  }
  return {};
  //@ skeleton
  // (void)va;
  // return unimplemented("2.7 PageTables::split");
  //@ end
}

// EXERCISE 2.7  What can fail must fail before the first permission changes.
Result<> PageTables::update_flags(Va va, uint64_t bytes, Perms perms, TlbFlush& flush) {
  //@ solution
  TRY(check_range(va, bytes));
  TRY(split(va));
  if (is_canonical(va + bytes)) TRY(split(va + bytes));
  Cursor at = cursor();
  Va last = va + (bytes - 1);
  for (;;) {
    TRY(at.find(va));
    if (at.is_page()) TRY(change_page(at, perms, flush));
    if (at.end().value - 1 >= last.value) return {};
    va = at.end();
  }
  //@ skeleton
  // (void)va, (void)bytes, (void)perms, (void)flush;
  // return unimplemented("2.7 PageTables::update_flags");
  //@ end
}

}  // namespace strata
