// From GRUB's hand-over to the end of the stage. The linker puts the measured_ functions around those of the kernel: a
// call of f becomes one of __wrap_f, and __real_f is f itself (--wrap in labs/make/build.mk).
#include "../measure.hpp"
#include "lib/result.hpp"

namespace strata {

extern "C" {
extern const uint64_t hand_over;  // x86/entry.S
void start_stage() asm("__real_start_stage");
void measured_start_stage() asm("__wrap_start_stage");
}
Result<> start_clock() asm("__real__ZN6strata11start_clockEv");
Result<> measured_start_clock() asm("__wrap__ZN6strata11start_clockEv");

namespace {

constinit uint64_t stage_end = 0, clock_time = 0;

// The clock waits for a millisecond, then for three ticks: guest time, of which an instruction takes 2^N ns.
void boot(TestRun& run) {
  Samples samples(run);
  run.seen("sample", 0, stage_end - hand_over);
  run.seen("part", 0, clock_time);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test benchmarks[] = {{"boot", boot}};

}  // namespace

void measured_start_stage() {
  start_stage();
  stage_end = time_stamp();
  count_resources = nullptr;  // benchmarks run once: they keep what they may keep
}

Result<> measured_start_clock() {
  uint64_t start = time_stamp();
  auto outcome = start_clock();
  clock_time = time_stamp() - start;
  return outcome;
}

}  // namespace strata
