// The clock of the kernel: the local APIC's timer (Intel SDM vol. 3A, 10.5.4), whose rate must be measured first.
// Registers and reference clock stand behind interfaces, so that the same code runs on the machine and on simulated devices.
#pragma once

#include <cstdint>

#include "lib/result.hpp"

namespace strata {

namespace lapic {
// Offsets of 32-bit registers.
inline constexpr uint16_t end_of_interrupt = 0x0b0;  // any write: the interrupt is served
inline constexpr uint16_t timer_vector = 0x320;      // the vector, and the bits below
inline constexpr uint16_t initial_count = 0x380;     // a write starts the countdown; 0 stops it
inline constexpr uint16_t current_count = 0x390;
inline constexpr uint16_t divide = 0x3e0;

inline constexpr uint32_t timer_masked = 1u << 16;
inline constexpr uint32_t timer_periodic = 1u << 17;
inline constexpr uint32_t divide_by_16 = 0x3;
}  // namespace lapic

class LapicRegisters {
 public:
  virtual uint32_t read(uint16_t offset) = 0;
  virtual void write(uint16_t offset, uint32_t value) = 0;

 protected:
  ~LapicRegisters() = default;
};

// A clock of known rate; `nanoseconds` counts up from an arbitrary start.
class ReferenceClock {
 public:
  virtual uint64_t nanoseconds() = 0;

 protected:
  ~ReferenceClock() = default;
};

// `counts` of a counter with `per_second` (1 .. 2^33) in nanoseconds, rounded down; exact for every result that fits into
// 64 bits. InvalidArgument: a rate out of range.
Result<uint64_t> counts_to_nanoseconds(uint64_t counts, uint64_t per_second);

class LapicClock {
 public:
  static constexpr uint64_t calibration_ns = 1'000'000;

  // Both must outlive the clock.
  constexpr LapicClock(LapicRegisters& lapic, ReferenceClock& reference) : lapic_(lapic), reference_(reference) {}

  // Measures how many times a second the timer counts with its input divided by 16, for at least calibration_ns of the
  // reference clock (and no longer than needed), without any interrupt. NotSupported: it does not count.
  Result<uint64_t> calibrate();

  // Interrupts `vector` so many times a second from now on; ticks and time begin at 0, also when it ran before.
  // NotSupported: not calibrated, whatever the arguments. InvalidArgument: 0 times, more often than the timer counts, or so
  // seldom that a period has more than 32 bits of counts.
  Result<> start(uint32_t ticks_per_second, uint8_t vector);

  // To be called at each interrupt, once: counts it and tells the LAPIC that it is served.
  void tick();

  uint64_t ticks() const { return ticks_; }

  // Time since start(), to the precision of the timer, not only of the ticks; 0 before start(). Never goes back.
  // Interrupts are off, so no tick() comes in between. But the timer may be in its next period already, and its tick() still
  // to come: then the time may stand still until that.
  uint64_t nanoseconds();

 private:
  LapicRegisters& lapic_;
  ReferenceClock& reference_;
  uint64_t counts_per_second_ = 0;
  uint32_t counts_per_tick_ = 0;
  uint64_t ticks_ = 0;
  uint64_t latest_ = 0;  // the largest number of counts that nanoseconds() has seen
};

}  // namespace strata
