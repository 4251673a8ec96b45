// Challenge 2.12: pages go out to a store and come back.
// Invariant: the TLB knows nothing of a frame that is written, read into or given back.
#include "mm/my_swap.hpp"

#include "debug/unimplemented.hpp"
#include "mm/clear_frame.hpp"
#include "mm/frames.hpp"

namespace strata {

// EXERCISE 2.12  The CPU ignores all other bits of an entry whose bit 0 is clear. But slot 0 is a slot, too.
uint64_t Swap::entry_of(Slot slot) {
  (void)slot;
  (void)unimplemented("2.12 Swap::entry_of");
  return 0;
}

Slot Swap::slot_of(uint64_t entry) {
  (void)entry;
  (void)unimplemented("2.12 Swap::slot_of");
  return no_slot;
}

// EXERCISE 2.12  What can fail comes first. What may still be used by the CPU is neither written out nor reused.
Result<Swap::Place*> Swap::make_room() {
  (void)tlb_, (void)hand_;
  return unimplemented("2.12 Swap::make_room");
}

// EXERCISE 2.12  In, out, or new: the entry says which.
Result<> Swap::bring_in(Va page) {
  (void)page, (void)attributes_;
  return unimplemented("2.12 Swap::bring_in");
}

// EXERCISE 2.12  Everything that the page has, wherever it is: a frame, a slot, an entry, tables.
Result<> Swap::forget(Va page) {
  (void)page;
  return unimplemented("2.12 Swap::forget");
}

}  // namespace strata
