#include "time/clock.hpp"

#include "console/console.hpp"
#include "cpu/trap.hpp"
#include "cpu/x86/control.hpp"
#include "cpu/x86/cpu_tables.hpp"
#include "cpu/x86/ports.hpp"
#include "time/x86/reference_clock.hpp"

namespace strata {

constinit TickHook on_tick = nullptr;

namespace {

constexpr uint64_t ticks_to_show = 3;
constexpr uint64_t longest_wait_ns = 200'000'000;
constexpr Pa lapic_registers{0xfee0'0000};
constexpr uint16_t spurious_vector = 0x0f0;  // register; bit 8 switches the LAPIC on
constexpr uint32_t lapic_on = 1u << 8 | 0xff;

class MappedLapic final : public LapicRegisters {
 public:
  uint32_t read(uint16_t offset) override { return *at(offset); }
  void write(uint16_t offset, uint32_t value) override { *at(offset) = value; }

 private:
  static volatile uint32_t* at(uint16_t offset) { return direct_map_as<volatile uint32_t>(lapic_registers + offset); }
};

constinit MappedLapic registers;
constinit HpetClock hpet;
constinit PitClock pit;
constinit ReferenceClock* reference = nullptr;
constinit std::string_view reference_name;

// Forwards to whichever clock was found, so that lapic_clock can be a constant.
class FoundClock final : public ReferenceClock {
 public:
  uint64_t nanoseconds() override { return reference->nanoseconds(); }
};
constinit FoundClock found;
constinit LapicClock lapic_clock(registers, found);

// The old interrupt controllers would deliver their interrupts as exceptions 8 to 15.
void mask_legacy_interrupts() {
  out8(0x21, 0xff);
  out8(0xa1, 0xff);
}

void find_reference() {
  if (hpet.start().ok()) {
    reference = &hpet;
    reference_name = "HPET";
  } else {
    pit.start();
    reference = &pit;
    reference_name = "PIT";
  }
}

void timer_interrupt(TrapFrame&) {
  lapic_clock.tick();
  if (on_tick) on_tick();
}

// Spins with interrupts on, so that a timer which never ticks cannot put the CPU to sleep for ever.
Result<> wait_for_ticks(uint64_t count) {
  uint64_t start = reference->nanoseconds();
  enable_interrupts();
  while (lapic_clock.ticks() < count && reference->nanoseconds() - start < longest_wait_ns) pause();
  disable_interrupts();
  return lapic_clock.ticks() < count ? Error::Timeout : Result<>();
}

}  // namespace

LapicClock& clock() { return lapic_clock; }
ReferenceClock& reference_clock() { return *reference; }

Result<> run_clock() {
  mask_legacy_interrupts();
  registers.write(spurious_vector, lapic_on);
  find_reference();
  TRY(lapic_clock.calibrate());
  TRY(check_traps());
  set_trap_handler(vector::timer, timer_interrupt);
  TRY(lapic_clock.start(ticks_per_second, vector::timer));
  return wait_for_ticks(ticks_to_show);
}

Result<> start_clock() {
  TRY(run_clock());
  log("[TIMER] LAPIC measured by the {}: {} counts a tick, {} ticks a second\n", reference_name,
      registers.read(lapic::initial_count), ticks_per_second);
  log("[TIMER] up {} us\n", lapic_clock.nanoseconds() / 1000);
  return {};
}

}  // namespace strata
