// The buddy allocator: hands out blocks of 2^order frames (Knuth, The Art of Computer Programming vol. 1, 2.5).
// Invariants: a block's number is a multiple of its size; no two free blocks are buddies of the same order, or they
// would be one block. It touches only the description of frames, never the memory, so it also runs on the host.
//
//     frames  0   1   2   3   4   5   6   7
//             |a      |free   |free          |     the buddy of `a` (order 1, frame 0) is frame 2: 0 ^ 2
#pragma once

#include "lib/result.hpp"
#include "lib/span.hpp"
#include "mm/frame.hpp"

namespace strata {

class Buddy {
 public:
  static constexpr unsigned orders = 11;                         // orders 0 .. 10: blocks of 4 KiB .. 4 MiB
  static constexpr uint64_t largest_block = 1u << (orders - 1);  // in frames

  constexpr Buddy() = default;

  // `frames` describes the frames from number 0 on; not owned. All that is to be handed out comes by add().
  constexpr explicit Buddy(Span<Frame> frames) : frames_(frames) {}

  // Exercise 2.1. Gives the frames from `first` to before `end`, nobody's so far, to the allocator in as few blocks as possible.
  // InvalidArgument: the range is empty, holds frame 0, or leaves the table; then nothing has changed.
  Result<> add(FrameNumber first, FrameNumber end);

  // Exercise 2.1. A block from the smallest free one that is large enough; what is not needed of it stays free. The block is
  // Used with one reference. InvalidArgument: no such order. OutOfMemory: no free block is large enough.
  Result<FrameNumber> allocate(unsigned order);

  // Exercise 2.2. Gives a block back and joins it with its buddy, and the result with its buddy, as long as that is free.
  // InvalidArgument: no used block begins here (so also: given back twice).
  Result<> free(FrameNumber block);

  // The description of a frame. Panics outside the table.
  Frame& frame(FrameNumber number) { return frames_[number]; }

  uint64_t free_frames() const {
    uint64_t sum = 0;
    for (unsigned order = 0; order < orders; ++order) sum += free_blocks(order) << order;
    return sum;
  }
  uint64_t free_blocks(unsigned order) const { return lists_[order].length; }

 private:
  struct FreeList {
    FrameNumber first = no_frame;
    uint64_t length = 0;
  };

  // The free lists; these also keep the state and the order of the block's frames and the counts.
  void push(FrameNumber block, unsigned order);
  void remove(FrameNumber block);
  FrameNumber pop(unsigned order);  // from a list that is not empty
  FrameNumber first(unsigned order) const { return lists_[order].first; }

  // Marks a block, which is on no list, as used, with one reference.
  void set_used(FrameNumber block, unsigned order);

  Span<Frame> frames_;
  FreeList lists_[orders] = {};
};

inline void Buddy::push(FrameNumber block, unsigned order) {
  FreeList& list = lists_[order];
  Frame& it = frames_[block];
  it = {.next = list.first, .order = static_cast<uint8_t>(order), .state = FrameState::Free};
  if (list.first != no_frame) frames_[list.first].previous = block;
  list.first = block;
  ++list.length;
}

inline void Buddy::remove(FrameNumber block) {
  Frame& it = frames_[block];
  FreeList& list = lists_[it.order];
  (it.previous != no_frame ? frames_[it.previous].next : list.first) = it.next;
  if (it.next != no_frame) frames_[it.next].previous = it.previous;
  it.state = FrameState::NoBlock;
  --list.length;
}

inline FrameNumber Buddy::pop(unsigned order) {
  FreeList& list = lists_[order];
  FrameNumber block = list.first;
  Frame& it = frames_[block];
  list.first = it.next;
  if (it.next != no_frame) frames_[it.next].previous = no_frame;
  it.state = FrameState::NoBlock;
  --list.length;
  return block;
}

inline void Buddy::set_used(FrameNumber block, unsigned order) {
  frames_[block] = {.references = 1, .order = static_cast<uint8_t>(order), .state = FrameState::Used};
}

}  // namespace strata
