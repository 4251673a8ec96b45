#include "time/x86/reference_clock.hpp"

#include "acpi/tables.hpp"
#include "cpu/x86/ports.hpp"

namespace strata {

namespace {

// The HPET's description table (HPET specification, 3.2.4).
struct [[gnu::packed]] HpetTable {
  acpi::TableHeader header;
  uint32_t block_id;
  uint8_t address_space[4];
  uint64_t address;
};

constexpr uint64_t capabilities = 0x000;  // upper half: femtoseconds a count
constexpr uint64_t configuration = 0x010;
constexpr uint64_t main_counter = 0x0f0;
constexpr uint64_t enable = 1;
constexpr uint64_t femtoseconds_per_nanosecond = 1'000'000;

volatile uint64_t& hpet_register(Pa registers, uint64_t offset) {
  return *direct_map_as<volatile uint64_t>(registers + offset);
}

constexpr uint16_t pit_channel0 = 0x40;
constexpr uint16_t pit_command = 0x43;
constexpr uint8_t latch_channel0 = 0x00;
constexpr uint8_t channel0_rate_generator = 0x34;  // low byte, high byte, mode 2
constexpr uint64_t pit_counts_per_second = 1'193'182;

uint16_t read_pit() {
  out8(pit_command, latch_channel0);
  uint8_t low = in8(pit_channel0);
  return static_cast<uint16_t>(low | in8(pit_channel0) << 8);
}

}  // namespace

Result<> HpetClock::start() {
  auto* table = reinterpret_cast<const HpetTable*>(TRY(acpi::find_table("HPET")));
  registers_ = Pa{table->address};
  femtoseconds_ = hpet_register(registers_, capabilities) >> 32;
  if (femtoseconds_ == 0) return Error::NotFound;
  hpet_register(registers_, configuration) = hpet_register(registers_, configuration) | enable;
  return {};
}

uint64_t HpetClock::nanoseconds() {
  return hpet_register(registers_, main_counter) * femtoseconds_ / femtoseconds_per_nanosecond;
}

void PitClock::start() {
  out8(pit_command, channel0_rate_generator);
  out8(pit_channel0, 0);  // 65536
  out8(pit_channel0, 0);
  last_ = read_pit();
}

uint64_t PitClock::nanoseconds() {
  uint16_t now = read_pit();
  counts_ += static_cast<uint16_t>(last_ - now);
  last_ = now;
  return counts_ * 1'000'000'000 / pit_counts_per_second;
}

}  // namespace strata
