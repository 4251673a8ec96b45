// Challenge 2.12: pages go out to a store and come back.
// Invariant: the TLB knows nothing of a frame that is written, read into or given back.
#include "mm/my_swap.hpp"

#include "debug/unimplemented.hpp"
#include "mm/clear_frame.hpp"
#include "mm/frames.hpp"

namespace strata {

// EXERCISE 2.12  The CPU ignores all other bits of an entry whose bit 0 is clear. But slot 0 is a slot, too.
uint64_t Swap::entry_of(Slot slot) {
  //@ solution
  return (uint64_t{slot} + 1) << Format::page_bits;
  //@ skeleton
  // (void)slot;
  // (void)unimplemented("2.12 Swap::entry_of");
  // return 0;
  //@ end
}

Slot Swap::slot_of(uint64_t entry) {
  //@ solution
  return static_cast<Slot>((entry >> Format::page_bits) - 1);
  //@ skeleton
  // (void)entry;
  // (void)unimplemented("2.12 Swap::slot_of");
  // return no_slot;
  //@ end
}

// EXERCISE 2.12  What can fail comes first. What may still be used by the CPU is neither written out nor reused.
Result<Swap::Place*> Swap::make_room() {
  //@ solution
  for (Place& place : places_) {
    if (place.page != Va{0}) continue;
    place.frame = TRY(allocate_frames());
    return &place;
  }
  Cursor at = tables_.cursor();
  for (;; hand_ = (hand_ + 1) % places_.size()) {
    TRY(at.find(places_[hand_].page));
    if ((at.entry() & Format::accessed) == 0) break;
    at.set(at.entry() & ~Format::accessed);
  }
  Place& place = places_[hand_];
  bool changed = (at.entry() & Format::dirty) != 0 || place.copy == no_slot;
  if (place.copy == no_slot) place.copy = TRY(store_.allocate());
  at.set(entry_of(place.copy));
  TlbFlush flush(tlb_);
  flush.add(place.page, frame_size, frame_size);
  flush.commit();
  if (changed) store_.write(place.copy, place.frame);
  hand_ = (hand_ + 1) % places_.size();
  place = {.frame = place.frame};
  return &place;
  //@ skeleton
  // (void)tlb_, (void)hand_;
  // return unimplemented("2.12 Swap::make_room");
  //@ end
}

// EXERCISE 2.12  In, out, or new: the entry says which.
Result<> Swap::bring_in(Va page) {
  //@ solution
  Cursor at = tables_.cursor();
  TRY(at.create(page, 1));
  if (at.is_page()) return {};
  Place& place = *TRY(make_room());
  uint64_t entry = TRY(Format::page(place.frame, 1, attributes_));
  if (at.empty()) {
    clear_frame(direct_map_as<void>(place.frame));
  } else {
    place.copy = slot_of(at.entry());
    store_.read(place.copy, place.frame);
  }
  at.set(entry);
  place.page = page;
  return {};
  //@ skeleton
  // (void)page, (void)attributes_;
  // return unimplemented("2.12 Swap::bring_in");
  //@ end
}

// EXERCISE 2.12  Everything that the page has, wherever it is: a frame, a slot, an entry, tables.
Result<> Swap::forget(Va page) {
  //@ solution
  Cursor at = tables_.cursor();
  TRY(at.find(page));
  if (at.empty()) return Error::NotFound;
  if (!at.is_page()) {
    store_.free(slot_of(at.entry()));
    at.set(0);
  }
  TlbFlush flush(tlb_);
  auto unmapped = tables_.unmap(page, frame_size, flush);
  flush.commit();
  for (Place& place : places_) {
    if (place.page != page) continue;
    release_frame(place.frame);
    if (place.copy != no_slot) store_.free(place.copy);
    place = {};
  }
  return unmapped;
  //@ skeleton
  // (void)page;
  // return unimplemented("2.12 Swap::forget");
  //@ end
}

}  // namespace strata
