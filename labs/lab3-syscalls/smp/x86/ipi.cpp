#include "smp/x86/ipi.hpp"

#include "cpu/x86/control.hpp"
#include "time/lapic_clock.hpp"

namespace strata {

namespace {

constexpr Pa registers{0xfee0'0000};
constexpr uint16_t id = 0x020;
constexpr uint16_t spurious_vector = 0x0f0;
constexpr uint32_t on = 1u << 8 | 0xff;
constexpr uint16_t command_low = 0x300, command_high = 0x310;
constexpr uint32_t pending = 1u << 12, assert_level = 1u << 14;
constexpr uint32_t init = 5u << 8, startup = 6u << 8;

volatile uint32_t& at(uint16_t offset) { return *direct_map_as<volatile uint32_t>(registers + offset); }

void send(const Cpu& to, uint32_t command) {
  while ((at(command_low) & pending) != 0) pause();
  at(command_high) = to.apic_id << 24;
  at(command_low) = command | assert_level;
}

}  // namespace

void enable_lapic() { at(spurious_vector) = on; }
uint32_t lapic_id() { return at(id) >> 24; }

uint32_t counts_a_tick() { return at(lapic::initial_count); }

void start_other_timer(uint32_t counts) {
  at(lapic::divide) = lapic::divide_by_16;
  at(lapic::timer_vector) = vector::other_timer | lapic::timer_periodic;
  at(lapic::initial_count) = counts;
}

void send_interrupt(const Cpu& to, uint8_t number) { send(to, number); }
void send_init(const Cpu& to) { send(to, init); }
void send_startup(const Cpu& to, uint8_t page) { send(to, startup | page); }
void end_of_interrupt() { at(lapic::end_of_interrupt) = 0; }

}  // namespace strata
