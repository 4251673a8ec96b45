// The switch between kernel stacks (sched/x86/switch.S, exercise 3.7).
#pragma once

#include <cstdint>

#include "lib/result.hpp"

namespace strata {

extern "C" {
// Keeps the stack of the caller in *sp and goes on where the thread with stack `next_sp` has left off. Returns when somebody
// switches back.
void switch_context(uint64_t* sp, uint64_t next_sp);

// The sp of a thread that begins at `function` with rsp = `top`. The words below `top` are overwritten.
uint64_t first_frame(uint64_t top, const void* function);

// For the skeleton of 3.7: reports, then abandons the running attempt or ends the machine.
[[noreturn]] void unimplemented_3_7();
}

// Switches to a stack that begins anew and back. Unimplemented: exercise 3.7 is missing. Internal: it did not come back.
Result<> check_switch();

}  // namespace strata
