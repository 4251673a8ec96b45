// Measuring in guest instructions: under -icount shift=N the time stamp counter goes on by 2^N with each, and with each
// iteration of a REP instruction. A benchmark is registered like a test, in a kernel of its own, and reports what it
// measured as it came; grading/bench/run takes the median and subtracts. Interrupts are off, as in all tests.
#pragma once

#include "report/tests.hpp"

namespace strata {

// The clobber keeps the compiler from moving what is measured out of the pair of readings.
inline uint64_t time_stamp() {
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return static_cast<uint64_t>(high) << 32 | low;
}

template <typename Body>
[[gnu::always_inline]] inline uint64_t time_of(Body body) {
  uint64_t start = time_stamp();
  body();
  return time_stamp() - start;
}

// What a benchmark measured.
class Samples {
 public:
  explicit Samples(TestRun& run) : run_(run) {
    run_.seen("empty", 0, time_of([] {}));
  }

  template <typename Body>
  void take(Body body) {
    run_.seen("sample", count_++, time_of(body));
  }

  // Measured elsewhere in the same way, as by a program.
  void note(uint64_t time) { run_.seen("sample", count_++, time); }

  // A part of each sample that is not to count. Once.
  template <typename Body>
  void leave_out(Body body) {
    run_.seen("part", 0, time_of(body));
  }

 private:
  TestRun& run_;
  uint64_t count_ = 0;
};

}  // namespace strata
