// Exercise 2.2: what comes back to the buddy allocator.
// Invariant: a free block's buddy of the same order is not free.
#include "debug/unimplemented.hpp"
#include "mm/buddy.hpp"

namespace strata {

// EXERCISE 2.2  A block and its buddy differ in one bit of their numbers. When may they be joined?
Result<> Buddy::free(FrameNumber block) {
  //@ solution
  if (block >= frames_.size() || frames_[block].state != FrameState::Used) return Error::InvalidArgument;
  unsigned order = frames_[block].order;
  while (order < orders - 1) {
    FrameNumber buddy = block ^ (FrameNumber{1} << order);
    if (buddy >= frames_.size() || frames_[buddy].state != FrameState::Free || frames_[buddy].order != order) break;
    remove(buddy);
    frames_[block].state = FrameState::NoBlock;
    if (buddy < block) block = buddy;
    ++order;
  }
  push(block, order);
  return {};
  //@ skeleton
  // (void)block;
  // return unimplemented("2.2 Buddy::free");
  //@ end
}

}  // namespace strata
