// Exercises 2.5 to 2.7: a long life of page tables in frames, among a TLB that remembers and memory that runs out. The host keeps
// a map of pages.
#include "limited_memory.hpp"
#include "mm/frames.hpp"
#include "mm/kernel_space.hpp"
#include "paging_choice.hpp"

namespace strata {

namespace {

constexpr uint64_t plenty = 10'000;  // allocations
constexpr uint64_t steps = 20;

uint64_t bits_of(PageAttributes it) {
  return it.perms.write + 2u * it.perms.execute + 4u * it.perms.user + 8u * it.device;
}

uint64_t place(const Mapping& page, Va va) { return page.pa.value + (va - page.va); }

// Knows what a CPU may know that used addresses a while ago: only a flush makes it forget.
class RememberingTlb final : public Tlb {
 public:
  void use(const PageTables& tables, Va va) {
    auto found = tables.query(va);
    if (found.ok()) known_[next_++ % most] = {va, found.value()};
  }
  void flush_page(Va va) override {
    told_ = true;
    for (Known& it : known_) {
      if (va >= it.page.va && va - it.page.va < it.page.bytes) it = {};
    }
  }
  void flush_all() override {
    told_ = true;
    for (Known& it : known_) it = {};
  }

  // Has it been told anything since?
  void begin() { told_ = false; }
  bool told() const { return told_; }

  // Of how many addresses it knows what is not true any more: another place, or rights that have been taken away.
  uint64_t stale(const PageTables& tables) const {
    uint64_t count = 0;
    for (const Known& it : known_) {
      if (it.page.bytes == 0) continue;
      auto now = tables.query(it.used);
      count += !now.ok() || place(now.value(), it.used) != place(it.page, it.used) ||
               (bits_of(it.page.attributes) & ~bits_of(now.value().attributes)) != 0;
    }
    return count;
  }

 private:
  struct Known {
    Va used;
    Mapping page;
  };
  static constexpr size_t most = 24;
  Known known_[most];
  size_t next_ = 0;
  bool told_ = false;
};

constinit RememberingTlb tlb;  // too large for a stack

// Tables in frames. Counts those that come back while the TLB may still know of them.
class WatchedTables final : public TableStore {
 public:
  Result<Pa> allocate() override { return frame_tables().allocate(); }
  void free(Pa table) override {
    early_ += !tlb.told();
    frame_tables().free(table);
  }
  uint64_t* entries(Pa table) override { return frame_tables().entries(table); }
  uint16_t& used_entries(Pa table) override { return frame_tables().used_entries(table); }

  uint64_t early() const { return early_; }

 private:
  uint64_t early_ = 0;
};

enum class What : uint8_t { Map, Unmap, Protect, Split };

class Life {
 public:
  Life(TestRun& run, Span<const What> operations)
      : run_(run),
        operations_(operations),
        base_(draw_base(run.random())),
        before_(free_frames()),
        tables_(store_, store_.allocate().value_or(Pa{})) {
    tlb.flush_all();
  }

  void step(uint64_t index) {
    Random& random = run_.random();
    What what = operations_[random.below(operations_.size())];
    Choice choice = draw(random, base_);
    uint64_t near = random.below(2), first = random.next(), count = random.next();
    if (what != What::Map && near != 0 && last_.bytes != 0) choice = part(last_, first, count);
    uint64_t bits = random.below(16), allowed = random.below(3) == 0 ? random.below(4) : plenty;
    Va spots[] = {{choice.va.value - page},
                  choice.va,
                  choice.va + align_down(choice.bytes / 2, page),
                  choice.va + (choice.bytes - page),
                  choice.va + choice.bytes,
                  base_ + page * random.below(window / page)};
    for (Va va : spots) tlb.use(tables_, va);
    Error outcome = limited(allowed, what, choice, bits);
    run_.seen("outcome", index, outcome);
    if (outcome == Error::OutOfMemory) {
      observe("kept", index, spots, false);
      if (what == What::Map) run_.seen("kept_tables", index, before_ - free_frames());
      outcome = limited(plenty, what, choice, bits);
      run_.seen("again", index, outcome);
    }
    if (what == What::Map && outcome == Error::Success) last_ = choice;
    observe("mapped", index, spots, true);
    run_.seen("tables", index, before_ - free_frames());
    run_.seen("stale", index, tlb.stale(tables_));
    run_.seen("freed_early", index, early_);
  }

  void end(uint64_t index) {
    run_.seen("end", index, apply(What::Unmap, {base_, Pa{}, window}, 0).error());
    run_.seen("tables", index, before_ - free_frames());
    run_.seen("freed_early", index, early_);
    frame_tables().free(tables_.root());
  }

 private:
  Result<> apply(What what, const Choice& it, uint64_t bits) {
    TlbFlush flush(tlb);
    tlb.begin();
    uint64_t early = store_.early();
    Result<> outcome;
    switch (what) {
      case What::Map: outcome = tables_.map_contiguous(it.va, it.pa, it.bytes, attributes(bits)); break;
      case What::Unmap: outcome = tables_.unmap(it.va, it.bytes, flush); break;
      case What::Protect: outcome = tables_.update_flags(it.va, it.bytes, attributes(bits).perms, flush); break;
      case What::Split: outcome = tables_.split(it.va); break;
    }
    flush.commit();
    if (what == What::Unmap)
      early_ += store_.early() - early;  // nobody has walked through what map_contiguous() undoes
    return outcome;
  }

  // Some pages of a range or all, as two numbers of any size say.
  static Choice part(const Choice& it, uint64_t first, uint64_t count) {
    if (count % 4 == 0) return it;
    uint64_t pages = it.bytes / page;
    first %= pages;
    return {it.va + first * page, it.pa + first * page, (1 + count % (pages - first)) * page};
  }

  Error limited(uint64_t allowed, What what, const Choice& it, uint64_t bits) {
    LimitedMemory memory(allowed);
    return apply(what, it, bits).error();
  }

  // Where these addresses lie and what is allowed there; page sizes if asked for.
  void observe(std::string_view key, uint64_t index, Span<const Va> spots, bool sizes) {
    uint64_t total = 0;
    for (Va va : spots) {
      auto found = tables_.query(va);
      Mapping it = found.value_or({});
      uint64_t where = found.ok() ? place(it, va) + 16 + bits_of(it.attributes) : 0;
      total = total * 31 + where + (sizes ? it.bytes : 0);
    }
    run_.seen(key, index, total);
  }

  TestRun& run_;
  Span<const What> operations_;
  Va base_;
  uint64_t before_;
  WatchedTables store_;
  uint64_t early_ = 0;
  PageTables tables_;
  Choice last_{};  // that was mapped
};

void live(TestRun& run, Span<const What> operations) {
  for (uint64_t number = 0; number < 3; ++number) {
    Life life(run, operations);
    for (uint64_t i = 0; i < steps; ++i) life.step(number * 100 + i);
    life.end(number * 100 + steps);
  }
}

void map_model(TestRun& run) {
  constexpr What operations[] = {What::Map, What::Map, What::Unmap};
  live(run, operations);
}

void tables_model(TestRun& run) {
  constexpr What operations[] = {What::Map, What::Map, What::Unmap, What::Protect, What::Protect, What::Split};
  live(run, operations);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {{"lab2.map_model", map_model},
                                                                               {"lab2.tables_model", tables_model}};

}  // namespace
}  // namespace strata
