// Challenge 2.13: CPUs that go from space to space, with a TLB that never forgets unless it is told. Each translation has a number
// that no other one has had, so a stale one shows when it is used. What may be kept, the host knows.
#include "mm/x86/my_pcid.hpp"

#include "debug/panic.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr size_t pages = 8, most_spaces = 8, most_cpus = 3, steps = 500;
constexpr Va base{0x7f12'3400'0000};
constexpr uint64_t left_over = 1;  // a translation that was made before the kernel came

struct Space {
  TaggedSpace known;
  uint64_t translations[pages] = {};
};

constinit Space spaces[most_spaces];
constinit uint64_t numbers = 0;  // of spaces and translations

void renew(size_t index) {
  spaces[index].known = {.root = Pa{(index + 16) << 12}, .number = ++numbers};
  for (uint64_t& translation : spaces[index].translations) translation = left_over + ++numbers;
}

class SimulatedTlb final : public TaggedTlb {
 public:
  SimulatedTlb() {
    for (auto& context : entries_) {
      for (uint64_t& entry : context) entry = left_over;
    }
  }

  void load_cr3(uint64_t value) override {
    uint64_t pcid = value & 0xfff, reserved = value & ~keep & ~((1ull << 52) - 1);
    ++loads_, cr3_ = value, wrong_ += reserved != 0;
    if ((value & keep) == 0) forget(static_cast<Pcid>(pcid));
  }

  void invlpg(Va va) override { forget_page(in_use(), va); }

  void invpcid(Invpcid type, Pcid pcid, Va va) override {
    if (pcid > 0xfff) {
      ++wrong_;  // #GP
    } else if (type == Invpcid::Address) {
      forget_page(pcid, va);
    } else if (type == Invpcid::Context) {
      forget(pcid);
    } else {
      ++everything_;
      for (Pcid each = 0; each < PcidCpu::most_pcids; ++each) forget(each);
    }
  }

  // Uses the pages whose bits are set. Returns how many translations were not those of the tables.
  uint64_t use(uint64_t mask) {
    const Space* space = nullptr;
    for (const Space& each : spaces) space = each.known.root.value == root() ? &each : space;
    if (!space || in_use() >= PcidCpu::most_pcids) return 1;
    uint64_t stale = 0;
    for (size_t page = 0; page < pages; ++page) {
      if ((mask >> page & 1) == 0) continue;
      uint64_t& entry = entries_[in_use()][page];
      if (entry == 0) entry = space->translations[page];
      stale += entry != space->translations[page];
    }
    return stale;
  }

  // What it was told since the last time.
  void report_switch(TestRun& run, uint64_t index) {
    run.seen("loads", index, loads_);
    run.seen("root", index, root());
    run.seen("pcid", index, in_use());
    run.seen("keep", index, cr3_ >> 63);
    run.seen("besides", index, single_ + contexts_ + everything_ + wrong_ - (cr3_ >> 63 == 0));
    start_again();
  }
  void report_change(TestRun& run, uint64_t index) {
    run.seen("single", index, single_);
    run.seen("contexts", index, contexts_);
    run.seen("besides", index, everything_ + wrong_);
    start_again();
  }

 private:
  Pcid in_use() const { return cr3_ & 0xfff; }
  uint64_t root() const { return cr3_ & ((1ull << 52) - 1) & ~0xfffull; }

  void forget(Pcid pcid) {
    ++contexts_;
    if (pcid >= PcidCpu::most_pcids) return;
    for (uint64_t& entry : entries_[pcid]) entry = 0;
  }

  void forget_page(Pcid pcid, Va va) {
    ++single_;
    uint64_t page = (va.value - base.value) >> 12;
    if (pcid < PcidCpu::most_pcids && page < pages) entries_[pcid][page] = 0;
  }

  void start_again() { loads_ = single_ = contexts_ = everything_ = wrong_ = 0; }

  uint64_t cr3_ = 0;
  uint64_t loads_ = 0, single_ = 0, contexts_ = 0, everything_ = 0, wrong_ = 0;
  uint64_t entries_[PcidCpu::most_pcids][pages];
};

struct Cpu {
  explicit Cpu(size_t pcids) : pcid(tlb, pcids) {}

  SimulatedTlb tlb;
  PcidCpu pcid;
  size_t space = most_spaces;  // in use; most_spaces: none
};

// Of 16 steps, so many change a page, change everything, or make a new space where one was; the others switch.
struct Life {
  size_t cpus, pcids, spaces;
  uint64_t page, all, gone;
};

void live(TestRun& run, const Life& life) {
  for (size_t i = 0; i < life.spaces; ++i) renew(i);
  Cpu cpus[most_cpus] = {Cpu(life.pcids), Cpu(life.pcids), Cpu(life.pcids)};
  for (uint64_t i = 0; i < steps; ++i) {
    size_t at = run.random().below(life.cpus), index = run.random().below(life.spaces);
    uint64_t what = run.random().below(16), page = run.random().below(pages), mask = run.random().next();
    bool used = false;
    for (size_t other = 0; other < life.cpus; ++other) {
      if (cpus[other].space == index) at = other, used = true;
    }
    Cpu& cpu = cpus[at];
    Space& space = spaces[index];
    if (what < life.page) {
      space.translations[page] = left_over + ++numbers;
      cpu.pcid.changed_page(space.known, base + page * 4096);
      cpu.tlb.report_change(run, i);
    } else if (what < life.page + life.all) {
      for (uint64_t& translation : space.translations) translation = left_over + ++numbers;
      cpu.pcid.changed_all(space.known);
      cpu.tlb.report_change(run, i);
    } else if (what < life.page + life.all + life.gone) {
      if (!used) renew(index);
    } else {
      cpu.pcid.switch_to(space.known);
      cpu.space = index;
      cpu.tlb.report_switch(run, i);
    }
    if (cpu.space != most_spaces) run.seen("stale", i, cpu.tlb.use(mask));
  }
}

size_t some_pcids(TestRun& run) { return 2 + run.random().below(4); }

void pcid_keeps(TestRun& run) {
  size_t pcids = some_pcids(run);
  live(run, {1, pcids, pcids, 0, 0, 0});
}

void pcid_runs_out(TestRun& run) {
  size_t pcids = some_pcids(run);
  live(run, {1, pcids, pcids + 1 + run.random().below(3), 0, 0, 0});
}

void pcid_page(TestRun& run) {
  size_t pcids = some_pcids(run);
  live(run, {1, pcids, pcids, 6, 0, 0});
}

void pcid_all(TestRun& run) {
  size_t pcids = some_pcids(run);
  live(run, {1, pcids, pcids, 0, 4, 0});
}

void pcid_gone(TestRun& run) {
  size_t pcids = some_pcids(run);
  live(run, {1, pcids, pcids, 0, 0, 4});
}

// Twice as many spaces as CPUs and more, or each would stay where it is.
void pcid_cpus(TestRun& run) {
  size_t spaces = 6 + run.random().below(3);
  live(run, {most_cpus, spaces, spaces, 4, 1, 0});
}

void pcid_model(TestRun& run) {
  size_t spaces = 6 + run.random().below(3);
  live(run, {most_cpus, spaces - run.random().below(4), spaces, 4, 2, 1});
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.pcid_keeps", pcid_keeps}, {"lab2.pcid_runs_out", pcid_runs_out}, {"lab2.pcid_page", pcid_page},
    {"lab2.pcid_all", pcid_all},     {"lab2.pcid_gone", pcid_gone},         {"lab2.pcid_cpus", pcid_cpus},
    {"lab2.pcid_model", pcid_model},
};

}  // namespace
}  // namespace strata
