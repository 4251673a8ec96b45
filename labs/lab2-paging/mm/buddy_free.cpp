// Exercise 2.2: what comes back to the buddy allocator.
// Invariant: a free block's buddy of the same order is not free.
#include "debug/unimplemented.hpp"
#include "mm/buddy.hpp"

namespace strata {

// EXERCISE 2.2  A block and its buddy differ in one bit of their numbers. When may they be joined?
Result<> Buddy::free(FrameNumber block) {
  (void)block;
  return unimplemented("2.2 Buddy::free");
}

}  // namespace strata
