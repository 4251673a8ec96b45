// Exercise 1.10: the clock.
// Invariant: time since start() is ticks_ whole periods and the part of the current one that has been counted down.
#include "time/lapic_clock.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.10  counts * 1'000'000'000 overflows after a few seconds. Whole seconds do not.
Result<uint64_t> counts_to_nanoseconds(uint64_t counts, uint64_t per_second) {
  //@ solution
  constexpr uint64_t second = 1'000'000'000;
  constexpr uint64_t highest_rate = 1ull << 33;
  if (per_second == 0 || per_second > highest_rate) return Error::InvalidArgument;
  return counts / per_second * second + counts % per_second * second / per_second;
  //@ skeleton
  // (void)counts, (void)per_second;
  // return unimplemented("1.10 counts_to_nanoseconds");
  //@ end
}

// EXERCISE 1.10  Let it count down from the largest number, masked, while the reference clock goes on by a millisecond; the
// two clocks are read one after the other, so take the time that really passed.
Result<uint64_t> LapicClock::calibrate() {
  //@ solution
  constexpr uint32_t longest = 0xffff'ffff;
  lapic_.write(lapic::divide, lapic::divide_by_16);
  lapic_.write(lapic::timer_vector, lapic::timer_masked);
  lapic_.write(lapic::initial_count, longest);
  uint64_t start = reference_.nanoseconds();
  uint64_t passed = 0;
  while (passed < calibration_ns) passed = reference_.nanoseconds() - start;
  uint64_t counted = longest - lapic_.read(lapic::current_count);
  lapic_.write(lapic::initial_count, 0);

  if (counted == 0) return Error::NotSupported;
  counts_per_second_ = counted * 1'000'000'000 / passed;
  return counts_per_second_;
  //@ skeleton
  // return unimplemented("1.10 LapicClock::calibrate");
  //@ end
}

// EXERCISE 1.10  The write of the initial count starts the timer: it comes last.
Result<> LapicClock::start(uint32_t ticks_per_second, uint8_t vector) {
  //@ solution
  if (counts_per_second_ == 0) return Error::NotSupported;
  if (ticks_per_second == 0 || ticks_per_second > counts_per_second_) return Error::InvalidArgument;
  uint64_t counts_per_tick = counts_per_second_ / ticks_per_second;
  if (counts_per_tick > 0xffff'ffff) return Error::InvalidArgument;
  counts_per_tick_ = static_cast<uint32_t>(counts_per_tick);
  ticks_ = 0;
  latest_ = 0;
  lapic_.write(lapic::divide, lapic::divide_by_16);
  lapic_.write(lapic::timer_vector, vector | lapic::timer_periodic);
  lapic_.write(lapic::initial_count, counts_per_tick_);
  return {};
  //@ skeleton
  // (void)ticks_per_second, (void)vector;
  // return unimplemented("1.10 LapicClock::start");
  //@ end
}

// EXERCISE 1.10  Without the second half no further interrupt comes.
void LapicClock::tick() {
  //@ solution
  ++ticks_;
  lapic_.write(lapic::end_of_interrupt, 0);
  //@ skeleton
  // (void)unimplemented("1.10 LapicClock::tick");
  //@ end
}

// EXERCISE 1.10  The timer may have started its next period before the tick was counted.
uint64_t LapicClock::nanoseconds() {
  //@ solution
  if (counts_per_tick_ == 0) return 0;
  uint64_t counts = ticks_ * counts_per_tick_ + (counts_per_tick_ - lapic_.read(lapic::current_count));
  if (counts > latest_) latest_ = counts;
  return counts_to_nanoseconds(latest_, counts_per_second_).value_or(0);
  //@ skeleton
  // (void)unimplemented("1.10 LapicClock::nanoseconds");
  // return 0;
  //@ end
}

}  // namespace strata
