// The machine's clock: a LapicClock on the real local APIC, measured against the HPET or the PIT.
#pragma once

#include <cstdint>

#include "lib/result.hpp"
#include "time/lapic_clock.hpp"

namespace strata {

inline constexpr uint32_t ticks_per_second = 100;

// Calibrates and starts the clock, and waits for a few ticks. Fails with what LapicClock or check_traps() says; Timeout:
// no ticks come.
Result<> run_clock();

// The same with lines in the boot log: [TIMER].
Result<> start_clock();

// Only after run_clock().
LapicClock& clock();

// A clock of known rate: the HPET where ACPI has one, else the PIT.
ReferenceClock& reference_clock();

// Called at each tick, interrupts off; lab 3's scheduler fills the slot.
using TickHook = void (*)();
extern TickHook on_tick;

}  // namespace strata
