// Exercise 1.9: backtraces.
// Invariant: no frame is read before it is known to lie inside the stack, and each step goes up, so the walk ends.
#include "debug/backtrace.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.9  What would the walk do with a frame pointer that points at itself?
Result<size_t> walk_frames(uint64_t frame_pointer, StackBounds stack, Span<uint64_t> out) {
  (void)frame_pointer, (void)stack, (void)out;
  return unimplemented("1.9 walk_frames");
}

// EXERCISE 1.9  Keep two bounds: everything before the lower one begins at or before `address`, everything from the upper
// one on begins behind it.
Result<const Symbol*> find_symbol(Span<const Symbol> table, uint64_t address) {
  (void)table, (void)address;
  return unimplemented("1.9 find_symbol");
}

}  // namespace strata
