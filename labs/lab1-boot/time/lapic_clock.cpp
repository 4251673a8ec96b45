// Exercise 1.10: the clock.
// Invariant: time since start() is ticks_ whole periods and the part of the current one that has been counted down.
#include "time/lapic_clock.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.10  counts * 1'000'000'000 overflows after a few seconds. Whole seconds do not.
Result<uint64_t> counts_to_nanoseconds(uint64_t counts, uint64_t per_second) {
  (void)counts, (void)per_second;
  return unimplemented("1.10 counts_to_nanoseconds");
}

// EXERCISE 1.10  Let it count down from the largest number, masked, while the reference clock goes on by a millisecond; the
// two clocks are read one after the other, so take the time that really passed.
Result<uint64_t> LapicClock::calibrate() {
  return unimplemented("1.10 LapicClock::calibrate");
}

// EXERCISE 1.10  The write of the initial count starts the timer: it comes last.
Result<> LapicClock::start(uint32_t ticks_per_second, uint8_t vector) {
  (void)ticks_per_second, (void)vector;
  return unimplemented("1.10 LapicClock::start");
}

// EXERCISE 1.10  Without the second half no further interrupt comes.
void LapicClock::tick() {
  (void)unimplemented("1.10 LapicClock::tick");
}

// EXERCISE 1.10  The timer may have started its next period before the tick was counted.
uint64_t LapicClock::nanoseconds() {
  (void)unimplemented("1.10 LapicClock::nanoseconds");
  return 0;
}

}  // namespace strata
