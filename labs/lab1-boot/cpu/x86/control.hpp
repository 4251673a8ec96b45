// Control registers, MSRs and a few instructions that C++ has no words for (Intel SDM vol. 3A, 2.5; vol. 4).
#pragma once

#include <cstdint>

#include "lib/address.hpp"

namespace strata {

inline uint64_t read_cr0() {
  uint64_t value;
  asm volatile("mov %%cr0, %0" : "=r"(value));
  return value;
}

// The address of the last page fault.
inline uint64_t read_cr2() {
  uint64_t value;
  asm volatile("mov %%cr2, %0" : "=r"(value));
  return value;
}

inline uint64_t read_cr3() {
  uint64_t value;
  asm volatile("mov %%cr3, %0" : "=r"(value));
  return value;
}

inline uint64_t read_cr4() {
  uint64_t value;
  asm volatile("mov %%cr4, %0" : "=r"(value));
  return value;
}

inline void write_cr4(uint64_t value) { asm volatile("mov %0, %%cr4" : : "r"(value) : "memory"); }

// Switches to another root table and forgets every translation that is not global.
inline void load_root_table(Pa root) { asm volatile("mov %0, %%cr3" : : "r"(root.value) : "memory"); }

inline constexpr uint32_t msr_efer = 0xc000'0080;

inline uint64_t read_msr(uint32_t number) {
  uint32_t low, high;
  asm volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(number));
  return static_cast<uint64_t>(high) << 32 | low;
}

inline void write_msr(uint32_t number, uint64_t value) {
  asm volatile("wrmsr" : : "c"(number), "a"(value), "d"(value >> 32) : "memory");
}

// What LGDT and LIDT read: the number of the table's last byte, and where it begins.
struct [[gnu::packed]] TablePointer {
  uint16_t limit;
  const void* base;
};

inline void load_idtr(TablePointer pointer) { asm volatile("lidt %0" : : "m"(pointer)); }

inline void enable_interrupts() { asm volatile("sti" : : : "memory"); }
inline void disable_interrupts() { asm volatile("cli" : : : "memory"); }

// Sleeps until the next interrupt has been served. Interrupts are on during the sleep and off afterwards.
inline void wait_for_interrupt() { asm volatile("sti; hlt; cli" : : : "memory"); }

// Serves what has arrived while interrupts were off; they are off afterwards.
inline void take_pending_interrupts() { asm volatile("sti; nop; cli" : : : "memory"); }

// For every loop that waits for something outside this CPU.
inline void pause() { asm volatile("pause"); }

struct CpuidResult {
  uint32_t eax, ebx, ecx, edx;
};

inline CpuidResult cpuid(uint32_t leaf) {
  CpuidResult result;
  asm volatile("cpuid" : "=a"(result.eax), "=b"(result.ebx), "=c"(result.ecx), "=d"(result.edx) : "a"(leaf), "c"(0));
  return result;
}

}  // namespace strata
