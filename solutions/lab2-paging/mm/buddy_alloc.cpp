// Exercise 2.1: what the buddy allocator is given, and what it hands out.
// Invariant: the blocks on list `order` begin at multiples of 2^order.
#include "debug/unimplemented.hpp"
#include "mm/buddy.hpp"

namespace strata {

//@ solution
namespace {

constexpr FrameNumber size_of(unsigned order) { return FrameNumber{1} << order; }

// The order of the largest block that may begin at `first` and does not reach beyond `end`.
unsigned largest_order(FrameNumber first, FrameNumber end) {
  unsigned order = Buddy::orders - 1;
  while (first % size_of(order) != 0 || end - first < size_of(order)) --order;
  return order;
}

}  // namespace

//@ end
// EXERCISE 2.1  Which is the largest block that may begin at `first`? Two things limit it.
Result<> Buddy::add(FrameNumber first, FrameNumber end) {
  //@ solution
  if (first == no_frame || first >= end || end > frames_.size()) return Error::InvalidArgument;
  while (first < end) {
    unsigned order = largest_order(first, end);
    push(first, order);
    first += size_of(order);
  }
  return {};
  //@ skeleton
  // (void)first, (void)end;
  // return unimplemented("2.1 Buddy::add");
  //@ end
}

// EXERCISE 2.1  Splitting a block leaves two buddies. One of them is needed, the other stays free, one order lower.
Result<FrameNumber> Buddy::allocate(unsigned order) {
  //@ solution
  if (order >= orders) return Error::InvalidArgument;
  unsigned found = order;
  while (first(found) == no_frame) {
    if (++found == orders) return Error::OutOfMemory;
  }
  FrameNumber block = pop(found);
  while (found > order) {
    --found;
    push(block + size_of(found), found);
  }
  set_used(block, order);
  return block;
  //@ skeleton
  // (void)order;
  // return unimplemented("2.1 Buddy::allocate");
  //@ end
}

}  // namespace strata
