// A process's handles: small numbers for what it may use. The table grows by pages of 64 slots as they are needed.
// Invariants: 0 names nothing, ever; a slot never moves while its object is in it; free_slots() of a page has a bit for each
// free slot of it; full_ has a bit for each page without a free slot.
#pragma once

#include "object/slot.hpp"

namespace strata {

class HandleTable {
 public:
  static constexpr uint32_t slots_a_page = 64;
  static constexpr uint32_t most_pages = most_handles / slots_a_page;

  HandleTable() = default;
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;
  ~HandleTable();

  // Exercise 3.6. The slot of a handle. InvalidHandle: out of range, 0, or nothing there.
  Result<Slot*> find(uint64_t handle) const;

  // Exercise 3.6. The same for who wants to use the object as a `type` (None: any) with all of `rights`. Looked for in this order:
  // InvalidHandle; WrongType; PermissionDenied.
  Result<Slot*> find(uint64_t handle, ObjectType type, uint32_t rights) const;

  // The same as a T.
  template <typename T>
  Result<T*> get(uint64_t handle, uint32_t rights) const {
    Slot* slot = TRY(find(handle, T::type_tag, rights));
    return static_cast<T*>(slot->object);
  }

  // Exercise 3.6. The lowest free handle, with a slot that the caller fills at once. TableFull; OutOfMemory.
  Result<uint32_t> reserve();

  // Exercise 3.6. A new handle, the lowest free one, for an object that nobody's handle is copied from; for a copy of `from`, with
  // those of its rights that are in `rights`, where close_on_exec may stand, too. As reserve(); nothing has changed then.
  Result<uint32_t> insert(Object& object, uint32_t rights);
  Result<uint32_t> insert_copy(Slot& from, uint32_t rights);

  // Exercise 3.6. Frees a handle. InvalidHandle.
  Result<> remove(uint64_t handle);

  // All of them, and the pages. In steps, one a page: true when all are gone.
  bool clear_page();
  void clear() {
    while (!clear_page()) continue;
  }

  // Every handle of `from` but those of types that are not inherited, under the same number, as copies. OutOfMemory: some of them.
  // This table is empty before.
  Result<> copy_all(const HandleTable& from);

  void close_for_exec();
  uint32_t used() const { return used_; }

  // By clear_slot(), whoever called it: a slot of some table's page has become free.
  static void slot_is_free(Slot& slot);

 private:
  // The slots of a page; nullptr: there are none yet.
  Slot* page(uint32_t number) const { return directory_ ? directory_[number] : nullptr; }
  Slot& slot(uint32_t handle) const { return page(handle / slots_a_page)[handle % slots_a_page]; }

  // Makes a page that is not there yet, all free (but handle 0). OutOfMemory.
  Result<> make_page(uint32_t number);

  // The first page with a free slot, be it there or not; most_pages: the table is full.
  uint32_t first_page_with_room();

  // A page's own words stand in its slots: which of them are free, whose page it is, and which one.
  static uint64_t& free_slots(Slot* page) { return page[0].page_word; }
  static uint64_t& owner(Slot* page) { return page[1].page_word; }
  static uint64_t& number(Slot* page) { return page[2].page_word; }

  // A bit for each slot of a page that is in use.
  uint64_t used_slots(uint32_t number) const;

  // The lowest free slot of a page that has one.
  uint32_t lowest_free(uint32_t number) const;

  void page_has_room(uint32_t number);

  // The bookkeeping of a slot that is taken. (clear_slot() has it done when the slot is given back.)
  void mark_used(uint32_t handle);

  Slot** directory_ = nullptr;  // most_pages pages of slots; nullptr: not there
  uint64_t full_[most_pages / 64] = {};
  uint32_t room_begins_ = 0;  // all words of full_ before this one have all their bits
  uint32_t pages_end_ = 0;    // behind the last page that is there
  uint32_t used_ = 0;
};

}  // namespace strata
