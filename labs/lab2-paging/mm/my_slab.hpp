// A second slab allocator, beside the heap's: challenge 2.11. A cache has objects of one size, in slabs. A slab is one frame: its
// own bookkeeping, and behind it as many objects as fit. (J. Bonwick, The Slab Allocator, 1994)
// Invariant: an object is nobody's or one caller's, and a slab without a caller's object does not exist.
#pragma once

#include <cstddef>

#include "lib/result.hpp"

namespace strata {

class SlabCache {
 public:
  static constexpr size_t least_bytes = 16, most_bytes = 1024;  // of an object
  static constexpr size_t least_alignment = 8, most_alignment = 256;

  // In a slab, in bytes, with all that the alignment adds in front of the first object. In the rest are as many objects as fit.
  static constexpr size_t most_bookkeeping = 512;

  // Has no slab yet. Each object begins at a multiple of `alignment`, a power of two.
  constexpr SlabCache(size_t bytes, size_t alignment) : bytes_(bytes), alignment_(alignment) {}

  // Challenge 2.11. An object that nobody has; what it contains is undefined, and the caller may write to all of it. A new frame
  // is used only when no slab has room. But for that frame, it takes as long with a hundred slabs as with one.
  // OutOfMemory: nothing has changed.
  Result<void*> allocate();

  // Challenge 2.11. Takes an object back; when nobody has any other object of its slab, the frame is released. It takes as long
  // with hundreds of objects in a slab as with three. `object` is an address in a slab, of any cache, that is there.
  // InvalidArgument: no object of this cache begins there, or nobody has it; nothing has changed.
  Result<> take_back(void* object);

  // What stands at the beginning of a slab: yours, in my_slab.cpp.
  struct Slab;

 private:
  size_t bytes_;
  size_t alignment_;
  Slab* with_room_ = nullptr;  // the first of the slabs that have a free object
};

}  // namespace strata
