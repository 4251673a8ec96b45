// A local APIC timer and a reference clock on one simulated time, which passes with every access.
#pragma once

#include <utility>

#include "lib/random.hpp"
#include "time/lapic_clock.hpp"

namespace strata {

class SimulatedTime {
 public:
  SimulatedTime(Random& random, uint64_t longest_step) : random_(random), longest_step_(longest_step) {}
  void pass() { now_ += 1 + random_.below(longest_step_) + std::exchange(pause_, 0); }
  void pass(uint64_t nanoseconds) { now_ += nanoseconds; }
  void pause_before_next_access(uint64_t nanoseconds) { pause_ = nanoseconds; }
  uint64_t now() const { return now_; }

 private:
  Random& random_;
  uint64_t longest_step_;
  uint64_t now_ = 123'456'789'000;
  uint64_t pause_ = 0;
};

// Once, `pause_after` behind the first reading, firmware takes the CPU away for `pause`: between two accesses, so that a
// reading of the timer and the next one of this clock still belong together.
class SimulatedReference final : public ReferenceClock {
 public:
  static constexpr uint64_t pause_after = 900'000;
  SimulatedReference(SimulatedTime& time, uint64_t pause) : time_(time), pause_(pause) {}
  uint64_t nanoseconds() override {
    time_.pass();
    if (first_ == 0) first_ = time_.now();
    if (time_.now() - first_ >= pause_after) time_.pause_before_next_access(std::exchange(pause_, 0));
    return time_.now();
  }

 private:
  SimulatedTime& time_;
  uint64_t pause_;
  uint64_t first_ = 0;
};

class SimulatedLapic final : public LapicRegisters {
 public:
  // Counts `rate` times a second when divided by 1; 0: it is broken.
  SimulatedLapic(SimulatedTime& time, uint64_t rate) : time_(time), rate_(rate) {}

  uint32_t read(uint16_t offset) override {
    time_.pass();
    switch (offset) {
      case lapic::timer_vector: return vector_;
      case lapic::initial_count: return initial_;
      case lapic::current_count: return current();
      case lapic::divide: return divide_;
      default: return 0;
    }
  }

  void write(uint16_t offset, uint32_t value) override {
    time_.pass();
    switch (offset) {
      case lapic::end_of_interrupt: ++served_; break;
      case lapic::timer_vector: vector_ = value; break;
      case lapic::divide: divide_ = value; break;
      case lapic::initial_count:
        initial_ = value;
        vector_at_start_ = vector_;
        start_ = time_.now();
        break;
      default: ++strays_;
    }
  }

  uint32_t vector() const { return vector_; }
  uint32_t vector_at_start() const { return vector_at_start_; }  // when the countdown last began
  uint32_t initial() const { return initial_; }
  uint32_t divide() const { return divide_; }
  uint64_t served() const { return served_; }
  uint64_t strays() const { return strays_; }
  uint64_t periods() const { return initial_ == 0 ? 0 : counted() / initial_; }  // since the countdown began

 private:
  uint64_t counted() const {
    uint64_t per_second = divide_ == lapic::divide_by_16 ? rate_ / 16 : rate_ / 2;  // divided by 2 after reset
    uint64_t passed = time_.now() - start_;
    return passed / 1'000'000'000 * per_second + passed % 1'000'000'000 * per_second / 1'000'000'000;
  }

  uint32_t current() const {
    bool periodic = (vector_ & lapic::timer_periodic) != 0;
    if (initial_ == 0) return 0;
    if (periodic) return static_cast<uint32_t>(initial_ - counted() % initial_);
    return counted() >= initial_ ? 0 : static_cast<uint32_t>(initial_ - counted());
  }

  SimulatedTime& time_;
  uint64_t rate_;
  uint32_t vector_ = lapic::timer_masked;
  uint32_t vector_at_start_ = 0;
  uint32_t initial_ = 0;
  uint32_t divide_ = 0;
  uint64_t start_ = 0;
  uint64_t served_ = 0;
  uint64_t strays_ = 0;
};

}  // namespace strata
