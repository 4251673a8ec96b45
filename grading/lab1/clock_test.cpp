// Exercise 1.10: arithmetic, and the timer on simulated devices.
#include <iterator>

#include "report/tests.hpp"
#include "simulated_lapic.hpp"

namespace strata {

namespace {

uint64_t draw_rate(Random& random) { return 16 * (1'000'000 + random.below(200'000'000)); }

// A timer and its clock. Time has a stream of random steps of its own: how often the student looks must not change what
// the test draws next.
struct Simulation {
  explicit Simulation(Random& random) : Simulation{draw_rate(random), random.next()} {}  // braces: in this order
  Simulation(uint64_t rate, uint64_t time_seed)
      : steps(time_seed),
        time(steps, 200),
        reference(time, 150'000 + time_seed % 300'000),
        lapic(time, rate),
        clock(lapic, reference) {}
  Random steps;
  SimulatedTime time;
  SimulatedReference reference;
  SimulatedLapic lapic;
  LapicClock clock;
};

void clock_arithmetic(TestRun& run) {
  for (uint64_t i = 0; i < 24; ++i) {
    Random& random = run.random();
    uint64_t per_second = 1 + random.below(i % 2 == 0 ? 1ull << 33 : 1000);
    uint64_t counts = random.next() >> random.below(64);
    if (counts / per_second > 18'000'000'000) counts = per_second * 18'000'000'000 + counts % per_second;
    auto nanoseconds = counts_to_nanoseconds(counts, per_second);
    run.seen("outcome", i, nanoseconds.error());
    run.seen("nanoseconds", i, nanoseconds.value_or(0));
  }
  uint64_t counts = run.random().next();
  run.seen("bad_rate", 0, counts_to_nanoseconds(counts, 0).error());
  run.seen("bad_rate", 1, counts_to_nanoseconds(counts, (1ull << 33) + 1 + run.random().below(1000)).error());
}

void clock_calibrate(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    Simulation it(run.random());
    uint64_t start = it.time.now();
    auto rate = it.clock.calibrate();
    run.seen("outcome", i, rate.error());
    run.seen("rate", i, rate.value_or(0));
    run.seen("microseconds", i, (it.time.now() - start) / 1000);
    run.seen("masked", i, it.lapic.vector_at_start() & lapic::timer_masked);
    run.seen("strays", i, it.lapic.strays());
  }
  Simulation broken(0, run.random().next());
  run.seen("broken", 0, broken.clock.calibrate().error());
}

void clock_start(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    Simulation it(run.random());
    auto vector = static_cast<uint8_t>(32 + run.random().below(200));
    auto frequency = static_cast<uint32_t>(1 + run.random().below(5000));
    run.seen("too_early", i, it.clock.start(frequency, vector).error());
    uint64_t rate = it.clock.calibrate().value_or(0);
    run.seen("outcome", i, it.clock.start(frequency, vector).error());
    run.seen("vector", i, it.lapic.vector());
    run.seen("vector_at_start", i, it.lapic.vector_at_start());
    run.seen("divide", i, it.lapic.divide());
    run.seen("rate", i, rate);
    run.seen("initial", i, it.lapic.initial());
    run.seen("zero", i, it.clock.start(0, vector).error());
    run.seen("too_fast", i, it.clock.start(0xffff'ffff, vector).error());
  }
  // A second of this timer has more than 32 bits of counts, half a second has not.
  Simulation fast(16 * (4'400'000'000 + run.random().below(4'000'000'000)), run.random().next());
  run.seen("fast", 0, fast.clock.calibrate().error());
  run.seen("seldom", 0, fast.clock.start(2, 32).error());
  run.seen("too_seldom", 0, fast.clock.start(1, 32).error());
}

void clock_tick(TestRun& run) {
  Simulation it(run.random());
  run.seen("outcome", 0, it.clock.calibrate().error());
  run.seen("started", 0, it.clock.start(1000, 32).error());
  uint64_t count = 1 + run.random().below(500);
  for (uint64_t i = 0; i < count; ++i) it.clock.tick();
  run.seen("ticks", 0, it.clock.ticks());
  run.seen("served", 0, it.lapic.served());
}

// Readings between the ticks, some when the timer has begun a new period and the tick is still to be counted.
void clock_reading(TestRun& run) {
  Simulation it(run.random());
  run.seen("before", 0, it.clock.nanoseconds());
  run.seen("outcome", 0, it.clock.calibrate().error());
  run.seen("started", 0, it.clock.start(1000, 32).error());
  uint64_t start = it.time.now(), latest = 0, backwards = 0, delivered = 0;
  for (uint64_t i = 0; i < 40; ++i) {
    it.time.pass(run.random().below(300'000));
    bool exact = i % 8 == 7;
    if (exact || run.random().below(4) != 0) {
      for (; delivered < it.lapic.periods(); ++delivered) it.clock.tick();
    }
    uint64_t reading = it.clock.nanoseconds(), passed = it.time.now() - start;
    backwards += reading < latest;
    latest = reading;
    if (exact) {
      run.seen("passed_us", i, passed / 1000);
      run.seen("reading_us", i, reading / 1000);
    }
  }
  run.seen("backwards", 0, backwards);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.clock_arithmetic", clock_arithmetic}, {"lab1.clock_calibrate", clock_calibrate},
    {"lab1.clock_start", clock_start},           {"lab1.clock_tick", clock_tick},
    {"lab1.clock_reading", clock_reading},
};

}  // namespace
}  // namespace strata
