// The pages of a handle table, and what concerns all of its handles.
#include "mm/clear_frame.hpp"
#include "mm/frames.hpp"
#include "object/handle_table.hpp"

namespace strata {

namespace {

// Of a set that is not empty.
uint32_t lowest(uint64_t bits) { return static_cast<uint32_t>(__builtin_ctzll(bits)); }

bool inherited(const Slot& slot) {
  return slot.type != ObjectType::Reply && slot.type != ObjectType::Untyped && slot.type != ObjectType::IrqHandler;
}

// 2^order frames of zeros.
Result<void*> clear_memory(unsigned order) {
  Pa block = TRY(allocate_frames(order));
  for (uint64_t i = 0; i < 1u << order; ++i) clear_frame(direct_map_as<void>(block + i * frame_size));
  return direct_map_as<void>(block);
}

void give_back(void* memory) { release_frame(Pa{reinterpret_cast<uint64_t>(memory) - direct_map_base.value}); }

}  // namespace

HandleTable::~HandleTable() { clear(); }

Result<> HandleTable::make_page(uint32_t page_number) {
  static_assert(most_pages * sizeof(void*) == 2 * frame_size && slots_a_page * sizeof(Slot) == frame_size);
  if (!directory_) directory_ = static_cast<Slot**>(TRY(clear_memory(1)));
  directory_[page_number] = static_cast<Slot*>(TRY(clear_memory(0)));
  if (page_number >= pages_end_) pages_end_ = page_number + 1;
  Slot* slots = page(page_number);
  for (uint32_t i = 0; i < slots_a_page; ++i) slots[i].in_table = true;
  free_slots(slots) = page_number == 0 ? ~uint64_t{1} : ~uint64_t{0};
  owner(slots) = reinterpret_cast<uint64_t>(this);
  number(slots) = page_number;
  return {};
}

uint32_t HandleTable::first_page_with_room() {
  for (; room_begins_ < most_pages / 64; ++room_begins_) {
    if (uint64_t room = ~full_[room_begins_]) return room_begins_ * 64 + lowest(room);
  }
  return most_pages;
}

uint64_t HandleTable::used_slots(uint32_t page_number) const {
  return ~free_slots(page(page_number)) & (page_number == 0 ? ~uint64_t{1} : ~uint64_t{0});
}

uint32_t HandleTable::lowest_free(uint32_t page_number) const { return lowest(free_slots(page(page_number))); }

void HandleTable::mark_used(uint32_t handle) {
  uint32_t page_number = handle / slots_a_page;
  uint64_t& left = free_slots(page(page_number));
  left &= ~(uint64_t{1} << handle % slots_a_page);
  if (left == 0) full_[page_number / 64] |= uint64_t{1} << page_number % 64;
  ++used_;
}

void HandleTable::slot_is_free(Slot& slot) {
  auto* slots = reinterpret_cast<Slot*>(align_down(reinterpret_cast<uint64_t>(&slot), frame_size));
  auto* table = reinterpret_cast<HandleTable*>(owner(slots));
  uint64_t page_number = number(slots);
  free_slots(slots) |= uint64_t{1} << (&slot - slots);
  --table->used_;
  table->page_has_room(static_cast<uint32_t>(page_number));
}

void HandleTable::page_has_room(uint32_t page_number) {
  full_[page_number / 64] &= ~(uint64_t{1} << page_number % 64);
  if (page_number / 64 < room_begins_) room_begins_ = page_number / 64;
}

// From the end, so that pages_end_ tells what is left.
bool HandleTable::clear_page() {
  if (!directory_) return true;
  if (pages_end_ > 0) {
    uint32_t it = pages_end_ - 1;
    if (Slot* slots = page(it)) {
      for (uint64_t left = used_slots(it); left != 0; left &= left - 1) clear_slot(slots[lowest(left)]);
      give_back(slots);
      directory_[it] = nullptr;
    }
    page_has_room(it);
    pages_end_ = it;
    return false;
  }
  give_back(directory_);
  directory_ = nullptr;
  return true;
}

Result<> HandleTable::copy_all(const HandleTable& from) {
  for (uint32_t it = 0; it < from.pages_end_; ++it) {
    Slot* slots = from.page(it);
    if (!slots || from.used_slots(it) == 0) continue;
    TRY(make_page(it));
    for (uint64_t left = from.used_slots(it); left != 0; left &= left - 1) {
      uint32_t i = lowest(left);
      if (!inherited(slots[i])) continue;
      uint32_t handle = it * slots_a_page + i;
      mark_used(handle);
      copy_slot(slots[i], slot(handle), right::everything | (slots[i].close_on_exec ? close_on_exec : 0));
    }
  }
  return {};
}

void HandleTable::close_for_exec() {
  for (uint32_t it = 0; it < pages_end_; ++it) {
    Slot* slots = page(it);
    for (uint64_t left = slots ? used_slots(it) : 0; left != 0; left &= left - 1) {
      uint32_t i = lowest(left);
      if (!slots[i].close_on_exec) continue;
      clear_slot(slots[i]);
    }
  }
}

}  // namespace strata
