// What challenge 2.12 is tried with: a CPU that remembers translations and sets accessed and dirty bits, and a store.
#pragma once

#include <algorithm>
#include <cstring>
#include <iterator>

#include "mm/frame.hpp"
#include "mm/my_swap.hpp"

namespace strata {

// Uses pages as a CPU does (SDM vol. 3A, 4.8 and 4.10). A remembered translation is used, whatever the tables say by now.
class SimulatedCpu final : public Tlb {
 public:
  explicit SimulatedCpu(PageTables& tables, TableStore& store) : tables_(tables), store_(store) {}

  // The frame of the page, accessed or written to; nullptr: a page fault.
  uint64_t* use(Va page, bool write) {
    Known* known = find(page);
    if (!known || (write && !known->dirty)) known = walk(page, write);
    return known ? direct_map_as<uint64_t>(known->frame) : nullptr;
  }
  void flush_page(Va va) override {
    if (Known* known = find({align_down(va.value, frame_size)})) *known = {};
  }
  void flush_all() override {
    for (Known& it : known_) it = {};
  }

  // Does it know a translation to this frame?
  bool knows(Pa frame) const {
    return std::any_of(std::begin(known_), std::end(known_),
                       [&](const Known& it) { return it.page != Va{0} && it.frame == frame; });
  }

  // Of how many pages it knows what the tables do not say.
  uint64_t stale() {
    uint64_t count = 0;
    for (const Known& it : known_) {
      if (it.page == Va{0}) continue;
      uint64_t entry = *entry_of(it.page);
      count += (entry & 1) == 0 || frame_of(entry) != it.frame;
    }
    return count;
  }

  // The entry that decides about the page.
  uint64_t* entry_of(Va page) {
    Pa table = tables_.root();
    for (unsigned level = 4;; --level) {
      uint64_t* entry = store_.entries(table) + (page.value >> (12 + 9 * (level - 1)) & 511);
      if (level == 1 || (*entry & 1) == 0) return entry;
      table = frame_of(*entry);
    }
  }

 private:
  struct Known {
    Va page;
    Pa frame;
    bool dirty = false;
  };
  static Pa frame_of(uint64_t entry) { return {entry & 0x000f'ffff'ffff'f000}; }

  // Where the page is remembered; page 0 finds an empty row.
  Known* find(Va page) {
    for (Known& it : known_) {
      if (it.page == page) return &it;
    }
    return nullptr;
  }

  Known* walk(Va page, bool write) {
    uint64_t* entry = entry_of(page);
    if ((*entry & 1) == 0 || (write && (*entry & 2) == 0)) return nullptr;
    *entry |= write ? 0x60 : 0x20;
    Known* known = find(page);
    if (!known) known = find(Va{0});
    *known = {page, frame_of(*entry), (*entry & 0x40) != 0};
    return known;
  }

  PageTables& tables_;
  TableStore& store_;
  Known known_[16];
};

// Of each page it keeps three words, which are all that the tests write.
class SimulatedStore final : public SwapStore {
 public:
  static constexpr size_t words[] = {0, 300, 511};
  static constexpr Slot most = 16;

  SimulatedStore(const SimulatedCpu& cpu, Slot slots) : cpu_(cpu), slots_(slots) {}

  Result<Slot> allocate() override {
    for (Slot slot = 0; slot < slots_; ++slot) {
      if (taken_[slot]) continue;
      taken_[slot] = true;
      memset(contents[slot], 0xa5, sizeof contents[slot]);
      return slot;
    }
    return Error::TableFull;
  }
  void free(Slot slot) override {
    check(slot);
    if (slot < most) taken_[slot] = false;
  }
  void write(Slot slot, Pa frame) override {
    if (!check(slot, frame)) return;
    ++writes_;
    for (size_t i = 0; i < 3; ++i) contents[slot][i] = direct_map_as<uint64_t>(frame)[words[i]];
  }
  void read(Slot slot, Pa frame) override {
    if (!check(slot, frame)) return;
    ++reads_;
    for (size_t i = 0; i < 3; ++i) direct_map_as<uint64_t>(frame)[words[i]] = contents[slot][i];
  }

  uint64_t used() const {
    uint64_t count = 0;
    for (bool it : taken_) count += it;
    return count;
  }
  uint64_t writes() const { return writes_; }
  uint64_t reads() const { return reads_; }
  uint64_t misused() const { return misused_; }      // slots that nobody has
  uint64_t too_early() const { return too_early_; }  // frames that the CPU could still use

 private:
  bool check(Slot slot) {
    bool fine = slot < slots_ && taken_[slot];
    misused_ += !fine;
    return fine;
  }
  bool check(Slot slot, Pa frame) {
    too_early_ += cpu_.knows(frame);
    return check(slot);
  }

  const SimulatedCpu& cpu_;
  Slot slots_;
  bool taken_[most] = {};
  inline static constinit uint64_t contents[most][3] = {};  // too large for a stack
  uint64_t writes_ = 0, reads_ = 0, misused_ = 0, too_early_ = 0;
};

}  // namespace strata
