// Clocks whose rate is known without measuring.
#pragma once

#include "lib/address.hpp"
#include "time/lapic_clock.hpp"

namespace strata {

// High precision event timer (IA-PC HPET specification 1.0a, 2.3): a main counter that counts up.
class HpetClock final : public ReferenceClock {
 public:
  // Finds the registers by ACPI and starts the counter. NotFound: there is none.
  Result<> start();
  uint64_t nanoseconds() override;

 private:
  Pa registers_;
  uint64_t femtoseconds_ = 0;  // a count
};

// The 8254's channel 0 as the firmware left it (Intel 8254 data sheet, "Read Operations"). It counts down 65536 counts in
// 55 ms: `nanoseconds` must be called more often than that.
class PitClock final : public ReferenceClock {
 public:
  void start();
  uint64_t nanoseconds() override;

 private:
  uint16_t last_ = 0;
  uint64_t counts_ = 0;
};

}  // namespace strata
