// Traps: exceptions and interrupts, one handler a vector. Later labs fill this table; nobody edits the entry code.
#pragma once

#include <cstdint>
#include <string_view>

#include "cpu/x86/trap_frame.hpp"
#include "lib/result.hpp"

namespace strata {

namespace vector {
inline constexpr uint8_t debug = 1;
inline constexpr uint8_t nmi = 2;
inline constexpr uint8_t breakpoint = 3;
inline constexpr uint8_t double_fault = 8;
inline constexpr uint8_t general_protection = 13;
inline constexpr uint8_t page_fault = 14;
inline constexpr uint8_t machine_check = 18;
inline constexpr uint8_t timer = 32;  // the first one that is no exception
}  // namespace vector

// May change the frame: the interrupted code goes on with what stands in it.
using TrapHandler = void (*)(TrapFrame&);

// Returns the handler that was there before. nullptr: a trap of this vector is a panic.
TrapHandler set_trap_handler(uint8_t vector, TrapHandler handler);

// Takes over the traps that come from ring 3, with the vector's handler (or nullptr); lab 3 fills the slot, because there the
// kernel's lock and GS base come into it.
using UserTrapHook = void (*)(TrapFrame&, TrapHandler handler);
extern UserTrapHook on_user_trap;

// Called by trap_entry.S (exercise 1.7) for every trap, interrupts off, direction flag clear, stack aligned to 16.
extern "C" void handle_trap(TrapFrame& frame);

// Tries a breakpoint. Unimplemented: exercise 1.7 is missing. Internal: it did not come back. Then no interrupt must be let in.
Result<> try_breakpoint();

}  // namespace strata
