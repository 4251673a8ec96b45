// Exercise 3.1: the registers that `syscall` goes by, simulated and the CPU's own.
#include "syscall/x86/msr.hpp"
#include "cpu/x86/control.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr uint32_t numbers[] = {msr::efer,    msr::star,    msr::lstar,         msr::sfmask,
                                msr::fs_base, msr::gs_base, msr::kernel_gs_base};

// Holds these, and counts what is written to any other.
class SimulatedMsrs final : public MsrAccess {
 public:
  explicit SimulatedMsrs(Random& random) {
    for (uint64_t& value : values_) value = random.next();
  }

  uint64_t read(uint32_t number) override {
    size_t i = index_of(number);
    return i < count ? values_[i] : 0;
  }
  void write(uint32_t number, uint64_t value) override {
    ++writes_;
    size_t i = index_of(number);
    if (i < count) {
      values_[i] = value;
    } else {
      ++strangers_;
    }
  }

  uint64_t writes() const { return writes_; }
  uint64_t strangers() const { return strangers_; }

 private:
  static constexpr size_t count = sizeof numbers / sizeof numbers[0];
  static size_t index_of(uint32_t number) {
    size_t i = 0;
    while (i < count && numbers[i] != number) ++i;
    return i;
  }

  uint64_t values_[count];
  uint64_t writes_ = 0, strangers_ = 0;
};

Va draw_entry(Random& random) { return {0xffff'ffff'8000'0000 + random.below(1 << 30)}; }

void msr_values(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    SimulatedMsrs msrs(run.random());
    Va entry = draw_entry(run.random());
    run.seen("outcome", i, enable_syscall(msrs, entry).error());
    run.seen("efer", i, msrs.read(msr::efer));
    run.seen("star", i, msrs.read(msr::star));
    run.seen("lstar", i, msrs.read(msr::lstar));
    run.seen("fs_base", i, msrs.read(msr::fs_base));
    run.seen("gs_base", i, msrs.read(msr::gs_base));
    run.seen("kernel_gs_base", i, msrs.read(msr::kernel_gs_base));
    run.seen("other_msrs", i, msrs.strangers());
  }
}

void msr_flags(TestRun& run) {
  SimulatedMsrs msrs(run.random());
  run.seen("outcome", 0, enable_syscall(msrs, draw_entry(run.random())).error());
  run.seen("sfmask", 0, msrs.read(msr::sfmask));
}

void msr_refused(TestRun& run) {
  uint64_t entries[] = {draw_entry(run.random()).value, 0x40'0000 + run.random().below(1 << 20), 0, 0x7fff'ffff'ffff,
                        0x8000'0000'0000};
  run.random().shuffle(entries);
  for (uint64_t i = 0; i < 5; ++i) {
    SimulatedMsrs msrs(run.random());
    run.seen("outcome", i, enable_syscall(msrs, Va{entries[i]}).error());
    run.seen("written", i, msrs.writes() != 0);
  }
}

// What boot has written into this CPU. The host knows where the entry is, and looks at EFER itself.
void msr_witness(TestRun& run) {
  run.seen("here", 0, run.random().below(1 << 30));
  run.seen("star", 0, read_msr(msr::star));
  run.seen("lstar", 0, read_msr(msr::lstar));
  run.seen("sfmask", 0, read_msr(msr::sfmask));
  witness_point();
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.msr_values", msr_values},
    {"lab3.msr_flags", msr_flags},
    {"lab3.msr_refused", msr_refused},
    {"lab3.msr_witness", msr_witness},
};

}  // namespace
}  // namespace strata
