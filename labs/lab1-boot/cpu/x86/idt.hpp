// The interrupt descriptor table (Intel SDM vol. 3A, 6.14.1): 256 gates of 16 bytes, one a vector.
#pragma once

#include <cstdint>

#include "lib/address.hpp"
#include "lib/result.hpp"

namespace strata {

// The fields as the CPU reads them.
struct [[gnu::packed]] Gate {
  uint16_t offset_low = 0;
  uint16_t selector = 0;
  uint8_t ist = 0;   // 0, or the stack to switch to: 1 to 7
  uint8_t type = 0;  // present, ring that may use `int n`, kind of gate
  uint16_t offset_middle = 0;
  uint32_t offset_high = 0;
  uint32_t reserved = 0;
};
static_assert(sizeof(Gate) == 16);

struct alignas(16) Idt {
  static constexpr size_t count = 256;
  Gate gates[count];
};

// Vector n's entry code stands at stubs + n * stub_size (exercise 1.7).
inline constexpr size_t stub_size = 16;

// A present interrupt gate (it clears IF) into the kernel's code segment. `ring` is the highest-numbered ring that may
// reach it by `int n`. InvalidArgument: an IST above 7, a ring above 3.
Result<Gate> interrupt_gate(Va entry, uint8_t ist, unsigned ring);

// All 256 gates. Double fault, NMI, machine check and debug switch to their own stacks (gdt.hpp); ring 3 may use only the
// breakpoint.
Result<> fill_idt(Idt& idt, Va stubs);

}  // namespace strata
