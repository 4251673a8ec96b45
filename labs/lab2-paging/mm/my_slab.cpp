// Challenge 2.11: objects of one size, a frame of them at a time.
// Invariant: a slab is on its cache's list as long as one of its objects is free.
#include "mm/my_slab.hpp"

#include "debug/unimplemented.hpp"
#include "mm/frames.hpp"

namespace strata {

// EXERCISE 2.11  Which slab, and which of its objects? Both must be known without a search.
Result<void*> SlabCache::allocate() {
  (void)bytes_, (void)alignment_, (void)with_room_;
  return unimplemented("2.11 SlabCache::allocate");
}

// EXERCISE 2.11  From the address alone: which slab, which object, and is it somebody's?
Result<> SlabCache::take_back(void* object) {
  (void)object;
  return unimplemented("2.11 SlabCache::take_back");
}

}  // namespace strata
