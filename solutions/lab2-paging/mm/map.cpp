// Exercise 2.5: mapping a range of physical memory.
// Invariant: while it works, everything from `va` to before `at` is mapped, and nothing behind it has changed.
#include "debug/unimplemented.hpp"
#include "mm/page_tables.hpp"

namespace strata {

//@ solution
namespace {

// The level of the largest page that may begin at both addresses and is not longer than what is left.
unsigned largest_level(Va va, Pa pa, uint64_t left) {
  unsigned level = Format::largest_page_level;
  while (level > 1 && (!is_aligned(va.value | pa.value, bytes_at(level)) || left < bytes_at(level))) --level;
  return level;
}

Result<> map_page(Cursor& at, Va va, Pa pa, unsigned level, PageAttributes attributes) {
  uint64_t entry = TRY(Format::page(pa, level, attributes));
  TRY(at.create(va, level));
  if (!at.empty()) return Error::AlreadyExists;
  at.set(entry);
  return {};
}

}  // namespace

//@ end
// EXERCISE 2.5  Three things limit the size of the next page. What is left behind when memory runs out in the middle?
Result<> PageTables::map_contiguous(Va va, Pa pa, uint64_t bytes, PageAttributes attributes) {
  //@ solution
  TRY(check_range(va, bytes));
  if (!is_aligned(pa.value, bytes_at(1))) return Error::InvalidArgument;
  Cursor at = cursor();
  uint64_t done = 0;
  while (done < bytes) {
    unsigned level = largest_level(va + done, pa + done, bytes - done);
    auto mapped = map_page(at, va + done, pa + done, level, attributes);
    if (!mapped.ok()) {
      if (mapped.error() == Error::OutOfMemory) done += bytes_at(1);  // empty tables may stand there
      NoTlb nobody;
      TlbFlush flush(nobody);
      if (done != 0) TRY(unmap(va, done, flush));
      flush.commit();
      return mapped.error();
    }
    done += bytes_at(level);
  }
  return {};
  //@ skeleton
  // (void)va, (void)pa, (void)bytes, (void)attributes;
  // return unimplemented("2.5 PageTables::map_contiguous");
  //@ end
}

}  // namespace strata
