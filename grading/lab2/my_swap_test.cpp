// Challenge 2.12: pages of a simulated address space, in the machine's real frames, which are too few.
#include "limited_memory.hpp"
#include "mm/frames.hpp"
#include "simulated_tables.hpp"
#include "swap_machine.hpp"

namespace strata {

namespace {

void swap_entry(TestRun& run) {
  for (uint64_t i = 0; i < 12; ++i) {
    auto slot = static_cast<Slot>(run.random().next() >> (32 + run.random().below(32)));
    if (i < 2) slot = i == 0 ? 0 : no_slot - 1;
    uint64_t entry = Swap::entry_of(slot);
    run.seen("present", i, entry & 1);
    run.seen("empty", i, entry == 0);
    run.seen("slot", i, Swap::slot_of(entry));
  }
}

// What a test lets happen, and what it looks at.
struct Rules {
  bool few_slots = false, few_frames = false, forget = false;
  bool contents = false, who = false, traffic = false, room = false;
};

constexpr uint64_t plenty = 10'000;  // allocations

class Life {
 public:
  Life(TestRun& run, Rules rules)
      : run_(run),
        rules_(rules),
        pages_(10 + run.random().below(4)),
        place_count_(3 + run.random().below(4)),
        slots_(static_cast<Slot>(1 + run.random().below(3))),
        base_{(1 + run.random().below(1000)) << 30},
        store_(cpu_, rules.few_slots ? slots_ : SimulatedStore::most) {}

  void step(uint64_t index) {
    Random& random = run_.random();
    uint64_t what = random.below(8), number = random.below(pages_);
    if (random.below(2) == 0) number %= 3;  // some are used more often
    uint64_t allowed = random.below(4) == 0 && rules_.few_frames ? 0 : plenty;
    if (random.below(2) == 0) cpu_.flush_all();  // others have used it meanwhile
    LimitedMemory memory(allowed);
    Error outcome =
        rules_.forget && what == 7 ? swap_.forget(page(number)).error() : use(index, page(number), what < 3);
    run_.seen("outcome", index, outcome);
    observe(index);
  }

  // Nobody wants any of the pages, the second time less than ever.
  void end(uint64_t index) {
    for (uint64_t i = 0; i < pages_; ++i) (void)swap_.forget(page(i));
    if (!rules_.room) return;
    for (uint64_t i = 0; i < pages_; ++i) run_.seen("again", index + i, swap_.forget(page(i)).error());
    run_.seen("frames", index, before_ - free_frames());
    run_.seen("slots", index, store_.used());
    if (!rules_.few_slots && !rules_.few_frames) run_.seen("tables", index, tables_store_.count());
  }

 private:
  // In several tables of each level but one.
  Va page(uint64_t number) const { return base_ + (number % 2 << 30) + (number % 3 << 21) + (number << 12); }

  // Reads the page, or writes to it. What a page contains is the same number three times.
  Error use(uint64_t index, Va page, bool write) {
    uint64_t* words = cpu_.use(page, write);
    if (!words) {
      auto brought = swap_.bring_in(page);
      if (!brought.ok()) return brought.error();
      words = cpu_.use(page, write);
    }
    if (!words) return Error::BadAddress;  // as if it were not in
    uint64_t value = words[SimulatedStore::words[0]];
    for (size_t i : SimulatedStore::words) {
      if (words[i] != value) value = ~0ull;
    }
    if (rules_.contents) run_.seen("contents", index, value);
    for (size_t i : SimulatedStore::words) {
      if (write) words[i] = index + 1;
    }
    return swap_.bring_in(page).error();  // a fault that somebody else has answered already
  }

  void observe(uint64_t index) {
    if (rules_.contents) {
      run_.seen("stale", index, cpu_.stale());
      run_.seen("too_early", index, store_.too_early());
    }
    if (rules_.who) {
      uint64_t in = 0;
      for (uint64_t i = 0; i < pages_; ++i) in |= (*cpu_.entry_of(page(i)) & 1) << i;
      run_.seen("in", index, in);
    }
    if (rules_.traffic) {
      run_.seen("writes", index, store_.writes());
      run_.seen("reads", index, store_.reads());
    }
    if (rules_.room) {
      run_.seen("frames", index, before_ - free_frames());
      run_.seen("slots", index, store_.used());
      run_.seen("misused", index, store_.misused());
    }
  }

  TestRun& run_;
  Rules rules_;
  uint64_t pages_, place_count_;
  Slot slots_;
  Va base_;
  uint64_t before_ = free_frames();
  SimulatedTables tables_store_{run_.random(), SimulatedTables::most};
  PageTables tables_{tables_store_, tables_store_.allocate().value_or(Pa{})};
  SimulatedCpu cpu_{tables_, tables_store_};
  SimulatedStore store_;
  Swap::Place places_[6];
  Swap swap_{tables_, cpu_, store_, {places_, place_count_}, {.perms = {.write = true}}};
};

void live(TestRun& run, Rules rules, uint64_t steps) {
  for (uint64_t number = 0; number < 3; ++number) {
    Life life(run, rules);
    for (uint64_t i = 0; i < steps; ++i) life.step(number * 1000 + i);
    life.end(number * 1000 + steps);
  }
}

void swap_contents(TestRun& run) { live(run, {.contents = true}, 60); }
void swap_clock(TestRun& run) { live(run, {.who = true}, 60); }
void swap_dirty(TestRun& run) { live(run, {.traffic = true}, 60); }
void swap_full(TestRun& run) { live(run, {.few_slots = true, .forget = true, .contents = true, .who = true}, 60); }
void swap_forget(TestRun& run) { live(run, {.forget = true, .room = true}, 60); }
void swap_model(TestRun& run) {
  live(run,
       {.few_slots = true,
        .few_frames = true,
        .forget = true,
        .contents = true,
        .who = true,
        .traffic = true,
        .room = true},
       80);
  live(run, {.few_frames = true, .forget = true, .contents = true, .who = true, .traffic = true, .room = true}, 80);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.swap_entry", swap_entry}, {"lab2.swap_contents", swap_contents}, {"lab2.swap_clock", swap_clock},
    {"lab2.swap_dirty", swap_dirty}, {"lab2.swap_full", swap_full},         {"lab2.swap_forget", swap_forget},
    {"lab2.swap_model", swap_model},
};

}  // namespace
}  // namespace strata
