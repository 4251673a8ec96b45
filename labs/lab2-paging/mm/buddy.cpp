// The free lists of the buddy allocator: doubly linked through the frames, so that a buddy can be taken out of the middle.
#include "mm/buddy.hpp"

namespace strata {

void Buddy::push(FrameNumber block, unsigned order) {
  FreeList& list = lists_[order];
  Frame& it = frames_[block];
  it = {.next = list.first, .order = static_cast<uint8_t>(order), .state = FrameState::Free};
  if (list.first != no_frame) frames_[list.first].previous = block;
  list.first = block;
  ++list.length;
  free_frames_ += 1ull << order;
}

void Buddy::remove(FrameNumber block) {
  Frame& it = frames_[block];
  FreeList& list = lists_[it.order];
  (it.previous != no_frame ? frames_[it.previous].next : list.first) = it.next;
  if (it.next != no_frame) frames_[it.next].previous = it.previous;
  it.state = FrameState::NoBlock;
  --list.length;
  free_frames_ -= 1ull << it.order;
}

void Buddy::set_used(FrameNumber block, unsigned order) {
  frames_[block] = {.references = 1, .order = static_cast<uint8_t>(order), .state = FrameState::Used};
}

}  // namespace strata
