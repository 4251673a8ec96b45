// Who called whom: a walk along the saved frame pointers, and names for the addresses. Both parts only read, and neither
// trusts what it reads: a backtrace is asked for when something is broken already.
//
//     each frame:   fp -> | caller's fp | return address |      the kernel is compiled with frame pointers
#pragma once

#include <cstdint>

#include "debug/symbols.hpp"
#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

// The memory that a stack occupies: first byte, and first byte behind it.
struct StackBounds {
  uint64_t low = 0;
  uint64_t high = 0;
};

// Writes the return addresses, innermost first, to `out`, and returns their number. The walk ends without reading further
// when `out` is full, when a frame pointer is not a multiple of 8 or its 16 bytes do not lie inside `stack`, when a return
// address is 0 (that one is not written), or when the caller's frame does not stand higher than its own (the return address
// beside it is written first).
Result<size_t> walk_frames(uint64_t frame_pointer, StackBounds stack, Span<uint64_t> out);

// The last symbol of `table` (ordered by address) that does not begin behind `address`; NotFound when there is none.
// At most 2 + log2(size) comparisons.
Result<const Symbol*> find_symbol(Span<const Symbol> table, uint64_t address);

}  // namespace strata
