// Pages that give their frames to others for a while: challenge 2.12. Such a page is *out*: its contents stand in a slot of a
// store, and the number of the slot in its entry, which is not present, so the next access is a page fault. A page that is *in* has
// a frame, and may still have a slot. (Intel SDM vol. 3A, 4.8: the accessed and the dirty bit)
// Invariant: what a page contains stands in its frame if it is in, and in its slot if it is out or has not been written to since.
#pragma once

#include "lib/span.hpp"
#include "mm/page_tables.hpp"

namespace strata {

using Slot = uint32_t;
inline constexpr Slot no_slot = ~Slot{0};

// Where pages go that are out; each slot has room for one.
class SwapStore {
 public:
  // A slot that nobody has; the caller owns it. TableFull.
  virtual Result<Slot> allocate() = 0;
  virtual void free(Slot slot) = 0;

  // From a frame into a slot, and back. May take long: who uses the page meanwhile must fault.
  virtual void write(Slot slot, Pa frame) = 0;
  virtual void read(Slot slot, Pa frame) = 0;

 protected:
  ~SwapStore() = default;
};

// Some pages of an address space, of 4 KiB each. They are given by their first address, which is not 0.
class Swap {
 public:
  // For a page that is in. Owns the frame and the slot.
  struct Place {
    Va page{};  // 0: the place is free
    Pa frame;
    Slot copy = no_slot;  // the page's slot, if it has one
  };

  // As many pages can be in at a time as there are `places`, all of them free now. Owns none of what it is given; whoever
  // destroys it has forgotten all pages. They are mapped with these attributes.
  Swap(PageTables& tables, Tlb& tlb, SwapStore& store, Span<Place> places, PageAttributes attributes)
      : tables_(tables), tlb_(tlb), store_(store), places_(places), attributes_(attributes) {}

  // Challenge 2.12. The entry of a page that is out: bit 0 is clear, and it is not the empty entry; and back. Not for no_slot.
  static uint64_t entry_of(Slot slot);
  static Slot slot_of(uint64_t entry);

  // Challenge 2.12. After a page fault: the page is in, with what it contained; with zeros if it is new. Its slot stays its own.
  // If it is in already, there is nothing to do. Errors of make_room(), and OutOfMemory for a table: every page contains
  // what it did; tables that were made stay, empty.
  Result<> bring_in(Va page);

  // Challenge 2.12. The page is not wanted any more: its frame, its slot, and tables that become empty are given back.
  // NotFound: it is neither in nor out.
  Result<> forget(Va page);

 private:
  // Challenge 2.12. A free place with a frame that nobody has: the first one that is free, with a new frame, or else that of a page
  // which goes out. Which one, says a hand that goes round the places, from the first one on. A page whose accessed bit is set
  // loses the bit and is passed over; the TLB does not hear of that. The first one without the bit goes out, and the hand stands
  // behind it. It is unmapped, then written to its slot, if it has none yet or is dirty. OutOfMemory; TableFull: the store is
  // full. Then no page has gone out, and the hand stands at the one that would have.
  Result<Place*> make_room();

  PageTables& tables_;
  Tlb& tlb_;
  SwapStore& store_;
  Span<Place> places_;
  PageAttributes attributes_;
  size_t hand_ = 0;
};

}  // namespace strata
