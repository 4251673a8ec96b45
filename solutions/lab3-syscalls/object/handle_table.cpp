// Exercise 3.6: handles.
// Invariant: what a program says is looked at in the order range, slot, type, rights, and nothing is used before all are right.
#include "object/handle_table.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 3.6  A page that does not exist has no slot.
Result<Slot*> HandleTable::find(uint64_t handle) const {
  //@ solution
  if (handle == 0 || handle >= most_handles) return Error::InvalidHandle;
  Slot* slots = page(static_cast<uint32_t>(handle / slots_a_page));
  if (!slots) return Error::InvalidHandle;
  Slot* found = &slots[handle % slots_a_page];
  if (found->empty()) return Error::InvalidHandle;
  return found;
  //@ skeleton
  // (void)handle;
  // return unimplemented("3.6 HandleTable::find");
  //@ end
}

// EXERCISE 3.6  Why must nobody learn about missing rights on an object of another type?
Result<Slot*> HandleTable::find(uint64_t handle, ObjectType type, uint32_t rights) const {
  //@ solution
  Slot* found = TRY(find(handle));
  if (type != ObjectType::None && found->type != type) return Error::WrongType;
  if ((found->rights & rights) != rights) return Error::PermissionDenied;
  return found;
  //@ skeleton
  // (void)handle, (void)type, (void)rights;
  // return unimplemented("3.6 HandleTable::find");
  //@ end
}

// EXERCISE 3.6  A page that is not there yet has 64 free slots, too.
Result<uint32_t> HandleTable::reserve() {
  //@ solution
  uint32_t number = first_page_with_room();
  if (number == most_pages) return Error::TableFull;
  if (!page(number)) TRY(make_page(number));
  uint32_t handle = number * slots_a_page + lowest_free(number);
  mark_used(handle);
  return handle;
  //@ skeleton
  // return unimplemented("3.6 HandleTable::reserve");
  //@ end
}

// EXERCISE 3.6  fill_slot() and copy_slot() take the reference and know about parents and children.
Result<uint32_t> HandleTable::insert(Object& object, uint32_t rights) {
  //@ solution
  uint32_t handle = TRY(reserve());
  fill_slot(slot(handle), object, rights);
  return handle;
  //@ skeleton
  // (void)object, (void)rights;
  // return unimplemented("3.6 HandleTable::insert");
  //@ end
}

Result<uint32_t> HandleTable::insert_copy(Slot& from, uint32_t rights) {
  //@ solution
  uint32_t handle = TRY(reserve());
  copy_slot(from, slot(handle), rights);
  return handle;
  //@ skeleton
  // (void)from, (void)rights;
  // return unimplemented("3.6 HandleTable::insert_copy");
  //@ end
}

// EXERCISE 3.6  Clearing a slot may free its object. What if that is the process itself?
Result<> HandleTable::remove(uint64_t handle) {
  //@ solution
  clear_slot(*TRY(find(handle)));
  return {};
  //@ skeleton
  // (void)handle;
  // return unimplemented("3.6 HandleTable::remove");
  //@ end
}

}  // namespace strata
