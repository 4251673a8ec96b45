// Exercise 2.10: two Vmos with the same frames, until one of them writes.
// Invariant: a frame has as many references as there are Vmos that hold it.
#include "debug/unimplemented.hpp"
#include "mm/clear_frame.hpp"
#include "mm/frames.hpp"
#include "mm/vmo.hpp"

namespace strata {

// EXERCISE 2.10  What has to be counted, and what if memory for the copy's PageMap runs out right then?
Result<> Vmo::share_frames(Vmo& copy) const {
  (void)copy;
  return unimplemented("2.10 Vmo::share_frames");
}

// EXERCISE 2.10  Who is the last to hold a frame need not copy it. Nothing may be lost when memory runs out.
Result<Pa> Vmo::own_frame(uint64_t page) {
  (void)page;
  return unimplemented("2.10 Vmo::own_frame");
}

}  // namespace strata
