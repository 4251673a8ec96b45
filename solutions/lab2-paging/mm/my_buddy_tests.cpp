// Challenge 2.14: tests of the buddy allocator.
// Invariant: whatever an allocator does that keeps its promises, nothing here complains.
#include "mm/my_buddy_tests.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

//@ solution
namespace {

constexpr FrameNumber all_frames = 64;
constexpr unsigned whole = 4;  // the order of the block of 16 frames that most tests begin with
constexpr FrameNumber whole_begin = 16, whole_end = 32;

void start_with_one_block(BuddyUnderTest& buddy) {
  buddy.start(all_frames);
  buddy.check(buddy.add(whole_begin, whole_end).ok(), "16 frames are taken");
}

void ranges(BuddyUnderTest& buddy) {
  buddy.start(all_frames);
  buddy.check(buddy.add(3, 45).ok(), "frames 3 to 44 are taken");
  constexpr uint64_t expected[] = {2, 0, 2, 2, 1};  // 3, 4-7, 8-15, 16-31, 32-39, 40-43, 44
  for (unsigned order = 0; order <= whole; ++order) {
    buddy.check(buddy.free_blocks(order) == expected[order], "a range becomes the fewest blocks");
  }
  buddy.check(buddy.free_frames() == 42, "every frame of a range is there");
  buddy.check(buddy.add(no_frame, 2).error() == Error::InvalidArgument, "frame 0 is refused");
  buddy.check(buddy.add(50, 50).error() == Error::InvalidArgument, "an empty range is refused");
  buddy.check(buddy.add(60, all_frames + 1).error() == Error::InvalidArgument, "a range leaves the table");
}

void smallest_that_fits(BuddyUnderTest& buddy) {
  start_with_one_block(buddy);
  buddy.check(buddy.add(36, 40).ok(), "4 more frames are taken");
  buddy.check(buddy.allocate(1).ok(), "2 frames out of 4");
  buddy.check(buddy.free_blocks(whole) == 1, "the larger block stays whole");
  buddy.check(buddy.free_blocks(1) == 1, "what is not needed stays free");
  buddy.check(buddy.allocate(Buddy::orders).error() == Error::InvalidArgument, "there is no such order");
}

// All frames one by one: each is there once.
void every_frame_once(BuddyUnderTest& buddy) {
  bool used[all_frames] = {};
  for (FrameNumber i = whole_begin; i < whole_end; ++i) {
    FrameNumber block = buddy.allocate(0).value_or(no_frame);
    bool inside = block >= whole_begin && block < whole_end;
    buddy.check(inside && !used[block], "each frame is handed out once");
    if (inside) used[block] = true;
  }
  buddy.check(buddy.allocate(0).error() == Error::OutOfMemory, "nothing is left");
}

void joins(BuddyUnderTest& buddy) {
  start_with_one_block(buddy);
  every_frame_once(buddy);
  // Every second pair of neighbours is no pair of buddies: 17 and 18, ...
  for (FrameNumber block : {18u, 17u, 21u, 22u}) buddy.check(buddy.free(block).ok(), "a frame comes back");
  buddy.check(buddy.free_blocks(0) == 4 && buddy.free_blocks(1) == 0, "neighbours are no buddies");
  buddy.check(buddy.free(17).error() == Error::InvalidArgument, "a second time it is refused");
  for (FrameNumber block : {16u, 19u}) buddy.check(buddy.free(block).ok(), "a frame comes back");
  buddy.check(buddy.free_blocks(2) == 1 && buddy.free_blocks(0) == 2, "buddies are joined, and what they become");
  for (FrameNumber block = 20; block < whole_end; ++block) (void)buddy.free(block);
  buddy.check(buddy.free_blocks(whole) == 1, "in the end there is one block again");
  buddy.check(buddy.free_frames() == whole_end - whole_begin, "no frame is lost, none was added");
  every_frame_once(buddy);
}

}  // namespace

//@ end
// EXERCISE 2.14  What would each mistake in 2.1 or 2.2 break, and in which situation would it show?
void my_buddy_tests(BuddyUnderTest& buddy) {
  //@ solution
  ranges(buddy);
  smallest_that_fits(buddy);
  joins(buddy);
  //@ skeleton
  // (void)buddy;
  // (void)unimplemented("2.14 my_buddy_tests");
  //@ end
}

}  // namespace strata
