// A slot: a capability, in the place where it stands. Slots never move, so others may point to them: to its copies, which are
// its children, and among these to one another. Rights only ever become fewer from parent to child.
//
//     parent.first_child -> child <-> child <-> child <- parent.last_child      the ends point back to the parent, tagged
//
// Invariants: a slot without an object has no links; a child list's ends are the only links with a tag.
#pragma once

#include "object/object.hpp"

namespace strata {

struct Slot {
  Object* object = nullptr;  // counted; nullptr: the slot is free
  ObjectType type = ObjectType::None;
  uint8_t rights = 0;
  bool close_on_exec = false;
  bool in_table = false;  // it stands in a page of a handle table, which wants to know when it is free
  uint64_t badge = 0;
  Slot* first_child = nullptr;
  Slot* last_child = nullptr;
  uintptr_t prev = 0;      // a Slot*, or parent | 1 in the first child; 0: nobody's copy
  uintptr_t next = 0;      // likewise, in the last child
  uint64_t page_word = 0;  // the handle table's own, in some slots of each page

  bool empty() const { return object == nullptr; }
};
static_assert(sizeof(Slot) == 64);

// Fills an empty slot with an object, as nobody's copy. Takes a reference.
void fill_slot(Slot& slot, Object& object, uint32_t rights);

// Fills an empty slot with a copy of another: its child, with those of its rights that `rights` has, too, and its badge; closed
// by exec() if close_on_exec stands there.
void copy_slot(Slot& from, Slot& to, uint32_t rights);

// Empties a slot; its children become its parent's, in its place. O(1).
void clear_slot(Slot& slot);

// Empties all that are copies of this one, and their copies, but no more than `most` now. No recursion: each step takes one away and
// leaves all in order. True: none is left.
bool revoke_copies(Slot& slot, unsigned most);

// The one that this is a copy of; nullptr: none. O(number of its siblings).
Slot* parent_of(const Slot& slot);

}  // namespace strata
