// Exercise 1.6: gates.
// Invariant: every one of the 256 gates is present; a vector without one would be a #GP that hides the real cause.
#include "cpu/x86/idt.hpp"

#include "cpu/trap.hpp"
#include "cpu/x86/gdt.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.6  The entry's address is cut into 16, 16 and 32 bits.              (SDM vol. 3A, figure 6-8)
Result<Gate> interrupt_gate(Va entry, uint8_t ist, unsigned ring) {
  (void)entry, (void)ist, (void)ring;
  return unimplemented("1.6 interrupt_gate");
}

// EXERCISE 1.6  Which vectors cannot trust the stack they find?
Result<> fill_idt(Idt& idt, Va stubs) {
  (void)idt, (void)stubs;
  return unimplemented("1.6 fill_idt");
}

}  // namespace strata
