// Exercise 1.9: backtraces.
// Invariant: no frame is read before it is known to lie inside the stack, and each step goes up, so the walk ends.
#include "debug/backtrace.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.9  What would the walk do with a frame pointer that points at itself?
Result<size_t> walk_frames(uint64_t frame_pointer, StackBounds stack, Span<uint64_t> out) {
  //@ solution
  constexpr uint64_t frame_size = 2 * sizeof(uint64_t);
  size_t count = 0;
  while (count < out.size()) {
    bool inside = frame_pointer % 8 == 0 && frame_pointer >= stack.low && stack.high >= frame_size &&
                  frame_pointer <= stack.high - frame_size;
    if (!inside) break;
    auto* frame = reinterpret_cast<const uint64_t*>(frame_pointer);
    uint64_t caller = frame[0], return_address = frame[1];
    if (return_address == 0) break;
    out[count++] = return_address;
    if (caller <= frame_pointer) break;
    frame_pointer = caller;
  }
  return count;
  //@ skeleton
  // (void)frame_pointer, (void)stack, (void)out;
  // return unimplemented("1.9 walk_frames");
  //@ end
}

// EXERCISE 1.9  Keep two bounds: everything before the lower one begins at or before `address`, everything from the upper
// one on begins behind it.
Result<const Symbol*> find_symbol(Span<const Symbol> table, uint64_t address) {
  //@ solution
  size_t low = 0, high = table.size();
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    if (table[middle].address <= address) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == 0) return Error::NotFound;
  return &table[low - 1];
  //@ skeleton
  // (void)table, (void)address;
  // return unimplemented("1.9 find_symbol");
  //@ end
}

}  // namespace strata
