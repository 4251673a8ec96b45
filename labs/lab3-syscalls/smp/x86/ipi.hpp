// Interrupts from one CPU to another, by the local APIC (Intel SDM vol. 3A, 10.6).
#pragma once

#include <cstdint>

#include "smp/cpu.hpp"

namespace strata {

namespace vector {
inline constexpr uint8_t other_timer = 33;  // the tick of every CPU but the first
inline constexpr uint8_t look = 34;         // somebody has set `attention`, or has queued a thread
inline constexpr uint8_t flush = 35;        // `flush_wanted`
}  // namespace vector

// Switches this CPU's local APIC on.
void enable_lapic();
uint32_t lapic_id();

// This CPU's timer ticks as often as the first one's, with another vector.
void start_other_timer(uint32_t counts_a_tick);
uint32_t counts_a_tick();

void send_interrupt(const Cpu& to, uint8_t number);

// Starts a CPU in real mode at physical address `page` * 4096, which is below 1 MiB.
void send_init(const Cpu& to);
void send_startup(const Cpu& to, uint8_t page);

void end_of_interrupt();

}  // namespace strata
