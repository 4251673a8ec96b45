// Exercise 2.10: two Vmos with the same frames, until one of them writes.
// Invariant: a frame has as many references as there are Vmos that hold it.
#include "debug/unimplemented.hpp"
#include "mm/clear_frame.hpp"
#include "mm/frames.hpp"
#include "mm/vmo.hpp"

namespace strata {

// EXERCISE 2.10  What has to be counted, and what if memory for the copy's PageMap runs out right then?
Result<> Vmo::share_frames(Vmo& copy) const {
  //@ solution
  for (uint64_t page = frames_.next_present(0); page < pages_; page = frames_.next_present(page + 1)) {
    Pa frame = frames_.get(page);
    TRY(copy.frames_.set(page, frame));
    retain_frame(frame);
  }
  return {};
  //@ skeleton
  // (void)copy;
  // return unimplemented("2.10 Vmo::share_frames");
  //@ end
}

// EXERCISE 2.10  Who is the last to hold a frame need not copy it. Nothing may be lost when memory runs out.
Result<Pa> Vmo::own_frame(uint64_t page) {
  //@ solution
  Pa shared = frame(page);
  if (kind_ != VmoKind::Anonymous || frame_references(shared) == 1) return shared;
  Pa copy = TRY(allocate_frames());
  copy_frame(direct_map_as<void>(copy), direct_map_as<void>(shared));
  TRY(frames_.set(page, copy));
  release_frame(shared);
  return copy;
  //@ skeleton
  // (void)page;
  // return unimplemented("2.10 Vmo::own_frame");
  //@ end
}

}  // namespace strata
