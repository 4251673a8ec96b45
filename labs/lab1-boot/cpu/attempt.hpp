// Attempts: code that may trap and not come back, as when exercise 1.7 is missing or a test breaks the kernel on purpose.
// Invariant: an attempt that is abandoned has no destructors to run and holds nothing.
#pragma once

namespace strata {

extern "C" {

// Calls body(argument). True when it returned, false when it was abandoned; then its stack is gone.
bool attempt(void (*body)(void*), void* argument);

// Ends the innermost attempt; only while in_attempt().
[[noreturn]] void abandon_attempt();

bool in_attempt();
}

}  // namespace strata
