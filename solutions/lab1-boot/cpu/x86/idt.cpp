// Exercise 1.6: gates.
// Invariant: every one of the 256 gates is present; a vector without one would be a #GP that hides the real cause.
#include "cpu/x86/idt.hpp"

#include "cpu/trap.hpp"
#include "cpu/x86/gdt.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

//@ solution
namespace {

// A trap that may come at any moment, or because the stack is gone, must not rely on the current stack.
uint8_t ist_of(size_t number) {
  switch (number) {
    case vector::double_fault: return ist::double_fault;
    case vector::nmi: return ist::nmi;
    case vector::machine_check: return ist::machine_check;
    case vector::debug: return ist::debug;
    default: return 0;
  }
}

}  // namespace
//@ end
// EXERCISE 1.6  The entry's address is cut into 16, 16 and 32 bits.              (SDM vol. 3A, figure 6-8)
Result<Gate> interrupt_gate(Va entry, uint8_t ist, unsigned ring) {
  //@ solution
  if (ist > 7 || ring > 3) return Error::InvalidArgument;
  constexpr unsigned present = 0x80;
  constexpr unsigned interrupt_gate_64 = 0x0e;
  Gate gate;
  gate.offset_low = static_cast<uint16_t>(entry.value);
  gate.offset_middle = static_cast<uint16_t>(entry.value >> 16);
  gate.offset_high = static_cast<uint32_t>(entry.value >> 32);
  gate.selector = selector::kernel_code;
  gate.ist = ist;
  gate.type = static_cast<uint8_t>(present | ring << 5 | interrupt_gate_64);
  return gate;
  //@ skeleton
  // (void)entry, (void)ist, (void)ring;
  // return unimplemented("1.6 interrupt_gate");
  //@ end
}

// EXERCISE 1.6  Which vectors cannot trust the stack they find?
Result<> fill_idt(Idt& idt, Va stubs) {
  //@ solution
  for (size_t number = 0; number < Idt::count; ++number) {
    unsigned ring = number == vector::breakpoint ? 3 : 0;
    idt.gates[number] = TRY(interrupt_gate(stubs + number * stub_size, ist_of(number), ring));
  }
  return {};
  //@ skeleton
  // (void)idt, (void)stubs;
  // return unimplemented("1.6 fill_idt");
  //@ end
}

}  // namespace strata
