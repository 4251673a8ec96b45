// Exercise 2.5: mapping a range of physical memory.
// Invariant: while it works, everything from `va` to before `at` is mapped, and nothing behind it has changed.
#include "debug/unimplemented.hpp"
#include "mm/page_tables.hpp"

namespace strata {

// EXERCISE 2.5  Three things limit the size of the next page. What is left behind when memory runs out in the middle?
Result<> PageTables::map_contiguous(Va va, Pa pa, uint64_t bytes, PageAttributes attributes) {
  (void)va, (void)pa, (void)bytes, (void)attributes;
  return unimplemented("2.5 PageTables::map_contiguous");
}

}  // namespace strata
