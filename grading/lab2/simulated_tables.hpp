// Page tables in an array, at physical addresses that do not exist, and a TLB that writes down what it was told. What is not a
// live table is never handed out: a stray look counts, and sees an empty table.
#pragma once

#include <algorithm>

#include "lib/fixed_vector.hpp"
#include "mm/tlb_flush.hpp"
#include "report/tests.hpp"

namespace strata {

class SimulatedTables final : public TableStore {
 public:
  static constexpr size_t most = 48;

  // Physical addresses begin at a page that the seed chooses; at most `limit` tables can exist at a time.
  SimulatedTables(Random& random, size_t limit) : base_{(1 + random.below(1ull << 30)) * 4096}, limit_(limit) {
    std::fill(std::begin(live), std::end(live), false);
  }

  Result<Pa> allocate() override {
    for (size_t i = 0; i < most && count_ < limit_; ++i) {
      if (live[i]) continue;
      live[i] = true;
      ++count_;
      std::fill(std::begin(tables[i]), std::end(tables[i]), 0);
      used[i] = 0;
      newest_ = i;
      return base_ + i * 4096;
    }
    return Error::OutOfMemory;
  }
  void free(Pa table) override {
    if (uint64_t* entries = find(table)) {
      std::fill(entries, entries + 512, ~0ull);
      live[number(table)] = false;
      --count_;
    }
  }
  uint64_t* entries(Pa table) override {
    if (uint64_t* entries = find(table)) return entries;
    std::fill(std::begin(scratch), std::end(scratch), 0);
    return scratch;
  }
  uint16_t& used_entries(Pa table) override {
    look_at_newest(table);
    return find(table) ? used[number(table)] : scratch_used_;
  }

  // From here on: how many entries of new tables were empty when the next entry of another table was about to be written.
  void watch_links() { newest_ = most, linked_empty_ = 0; }
  uint64_t linked_empty() const { return linked_empty_; }

  size_t count() const { return count_; }
  uint64_t strays() const { return strays_; }
  void set_limit(size_t limit) { limit_ = limit; }

  // What maps `va` below `root`: the entry and its table's level; an entry of 0 if nothing does. As the CPU walks (SDM vol. 3A, 4.5).
  struct Leaf {
    uint64_t entry = 0;
    unsigned level = 0;
  };
  Leaf leaf(Pa root, Va va) {
    Pa table = root;
    for (unsigned level = 4;; --level) {
      uint64_t entry = entries(table)[va.value >> (12 + 9 * (level - 1)) & 511];
      if ((entry & 1) == 0) return {0, level};
      if (level == 1 || (entry & 0x80) != 0) return {entry, level};
      table = Pa{entry & 0x000f'ffff'ffff'f000};
    }
  }

  // Puts an entry where `va` is looked up in this table, counted as Cursor counts it.
  void plant(Pa table, Va va, unsigned level, uint64_t entry) {
    entries(table)[va.value >> (12 + 9 * (level - 1)) & 511] = entry;
    ++used_entries(table);
  }

 private:
  size_t number(Pa table) const { return (table.value - base_.value) / 4096; }
  uint64_t* find(Pa table) {
    size_t at = number(table);  // enormous for what lies below base_
    if (table.value % 4096 == 0 && at < most && live[at]) return tables[at];
    ++strays_;
    return nullptr;
  }

  // Cursor::set() counts before it writes; whoever fills a table of his own counts there.
  void look_at_newest(Pa counted) {
    if (newest_ == most || number(counted) == newest_) return;
    linked_empty_ += static_cast<uint64_t>(std::count(std::begin(tables[newest_]), std::end(tables[newest_]), 0));
    newest_ = most;
  }

  inline static constinit uint64_t tables[most][512] = {};
  inline static constinit uint64_t scratch[512] = {};
  inline static constinit bool live[most] = {};
  inline static constinit uint16_t used[most] = {};
  Pa base_;
  size_t limit_;
  size_t count_ = 0;
  uint64_t strays_ = 0;
  size_t newest_ = most;  // table that was handed out last, until an entry of another one was counted
  uint64_t linked_empty_ = 0;
  uint16_t scratch_used_ = 0;
};

class SimulatedTlb final : public Tlb {
 public:
  void flush_page(Va va) override {
    (void)told_.push(va);  // more than fit are not flushed page by page
  }
  void flush_all() override { ++all_; }

  // Has the page of `bytes` that begins at `va` been flushed, by itself or with everything?
  bool knows(Va va, uint64_t bytes) const {
    if (all_ != 0) return true;
    return std::any_of(told_.begin(), told_.end(), [&](Va it) { return it >= va && it - va < bytes; });
  }

 private:
  FixedVector<Va, 40> told_;
  uint64_t all_ = 0;
};

}  // namespace strata
