#include "object/slot.hpp"

#include "object/handle_table.hpp"

namespace strata {

namespace {

constexpr uintptr_t parent_tag = 1;

bool is_parent(uintptr_t link) { return (link & parent_tag) != 0; }
Slot* slot_of(uintptr_t link) { return reinterpret_cast<Slot*>(link & ~parent_tag); }
uintptr_t link_to(const Slot* slot) { return reinterpret_cast<uintptr_t>(slot); }

// Lets what stands beside `prev` or `next` point to a new neighbour.
void set_behind(uintptr_t prev, Slot* first, uintptr_t otherwise) {
  if (prev == 0) return;
  if (is_parent(prev)) {
    slot_of(prev)->first_child = first ? first : (is_parent(otherwise) ? nullptr : slot_of(otherwise));
  } else {
    slot_of(prev)->next = first ? link_to(first) : otherwise;
  }
}

void set_before(uintptr_t next, Slot* last, uintptr_t otherwise) {
  if (next == 0) return;
  if (is_parent(next)) {
    slot_of(next)->last_child = last ? last : (is_parent(otherwise) ? nullptr : slot_of(otherwise));
  } else {
    slot_of(next)->prev = last ? link_to(last) : otherwise;
  }
}

// The slot's children take its place between its neighbours. Those of a slot that is nobody's copy stay one another's siblings, though
// there is no parent at the ends of their list.
void unlink(Slot& slot) {
  Slot* first = slot.first_child;
  Slot* last = slot.last_child;
  if (first) {
    first->prev = slot.prev;
    last->next = slot.next;
  }
  set_behind(slot.prev, first, slot.next);
  set_before(slot.next, last, slot.prev);
}

}  // namespace

void fill_slot(Slot& slot, Object& object, uint32_t rights) {
  object.retain();
  slot.object = &object;
  slot.type = object.type();
  slot.rights = static_cast<uint8_t>(rights & right::everything);
  slot.badge = 0;
  slot.close_on_exec = false;
}

void copy_slot(Slot& from, Slot& to, uint32_t rights) {
  fill_slot(to, *from.object, from.rights & rights);
  to.badge = from.badge;
  to.close_on_exec = (rights & close_on_exec) != 0;
  to.prev = from.last_child ? link_to(from.last_child) : link_to(&from) | parent_tag;
  to.next = link_to(&from) | parent_tag;
  if (from.last_child) {
    from.last_child->next = link_to(&to);
  } else {
    from.first_child = &to;
  }
  from.last_child = &to;
}

void clear_slot(Slot& slot) {
  Object* object = slot.object;
  object->slot_cleared(slot);
  unlink(slot);
  uint64_t page_word = slot.page_word;
  bool in_table = slot.in_table;
  slot = Slot{};
  slot.page_word = page_word;
  slot.in_table = in_table;
  if (in_table) HandleTable::slot_is_free(slot);
  object->release();
}

bool revoke_copies(Slot& slot, unsigned most) {
  for (unsigned done = 0; slot.first_child && done < most; ++done) clear_slot(*slot.first_child);
  return !slot.first_child;
}

Slot* parent_of(const Slot& slot) {
  uintptr_t link = slot.next;
  while (link != 0 && !is_parent(link)) link = slot_of(link)->next;
  return slot_of(link);
}

}  // namespace strata
