// Exercise 3.6: handles.
// Invariant: what a program says is looked at in the order range, slot, type, rights, and nothing is used before all are right.
#include "object/handle_table.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 3.6  A page that does not exist has no slot.
Result<Slot*> HandleTable::find(uint64_t handle) const {
  (void)handle;
  return unimplemented("3.6 HandleTable::find");
}

// EXERCISE 3.6  Why must nobody learn about missing rights on an object of another type?
Result<Slot*> HandleTable::find(uint64_t handle, ObjectType type, uint32_t rights) const {
  (void)handle, (void)type, (void)rights;
  return unimplemented("3.6 HandleTable::find");
}

// EXERCISE 3.6  A page that is not there yet has 64 free slots, too.
Result<uint32_t> HandleTable::reserve() {
  return unimplemented("3.6 HandleTable::reserve");
}

// EXERCISE 3.6  fill_slot() and copy_slot() take the reference and know about parents and children.
Result<uint32_t> HandleTable::insert(Object& object, uint32_t rights) {
  (void)object, (void)rights;
  return unimplemented("3.6 HandleTable::insert");
}

Result<uint32_t> HandleTable::insert_copy(Slot& from, uint32_t rights) {
  (void)from, (void)rights;
  return unimplemented("3.6 HandleTable::insert_copy");
}

// EXERCISE 3.6  Clearing a slot may free its object. What if that is the process itself?
Result<> HandleTable::remove(uint64_t handle) {
  (void)handle;
  return unimplemented("3.6 HandleTable::remove");
}

}  // namespace strata
