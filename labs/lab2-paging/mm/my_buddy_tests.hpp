// Challenge 2.14: an allocator that promises what mm/buddy.hpp says of add(), allocate() and free(), and may not keep it. How it
// works does not show: which of several free blocks of one order it hands out is its own business, and so is whether blocks
// of two ranges that touch are joined before anything in them was freed.
#pragma once

#include <string_view>

#include "mm/buddy.hpp"

namespace strata {

class BuddyUnderTest {
 public:
  static constexpr FrameNumber most_frames = 4096;

  // A new allocator, whose table has `frames` frames (1 to most_frames) and which has been given none of them. The one before
  // is gone.
  virtual void start(FrameNumber frames) = 0;

  // As in mm/buddy.hpp, with the same errors; `order` of free_blocks() is below Buddy::orders. Only after start().
  virtual Result<> add(FrameNumber first, FrameNumber end) = 0;
  virtual Result<FrameNumber> allocate(unsigned order) = 0;
  virtual Result<> free(FrameNumber block) = 0;
  virtual uint64_t free_frames() const = 0;
  virtual uint64_t free_blocks(unsigned order) const = 0;

  // A complaint unless `holds`. `promise` tells in a few words what should hold; the report shows the first complaint.
  virtual void check(bool holds, std::string_view promise) = 0;

 protected:
  ~BuddyUnderTest() = default;
};

// Challenge 2.14. Complains by check() if this allocator breaks a promise, and never about one that keeps them all. Ends within a
// second, and keeps nothing for the next call.
void my_buddy_tests(BuddyUnderTest& buddy);

}  // namespace strata
