// Exercise 2.1: what the buddy allocator is given, and what it hands out.
// Invariant: the blocks on list `order` begin at multiples of 2^order.
#include "debug/unimplemented.hpp"
#include "mm/buddy.hpp"

namespace strata {

// EXERCISE 2.1  Which is the largest block that may begin at `first`? Two things limit it.
Result<> Buddy::add(FrameNumber first, FrameNumber end) {
  (void)first, (void)end;
  return unimplemented("2.1 Buddy::add");
}

// EXERCISE 2.1  Splitting a block leaves two buddies. One of them is needed, the other stays free, one order lower.
Result<FrameNumber> Buddy::allocate(unsigned order) {
  (void)order;
  return unimplemented("2.1 Buddy::allocate");
}

}  // namespace strata
