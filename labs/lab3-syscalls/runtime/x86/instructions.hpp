// The instructions of ring 3 that C++ has no words for.
#pragma once

#include <cstdint>

namespace strata {

// Any number with any arguments; what is returned is rax.
inline uint64_t raw_call(uint64_t number, uint64_t a0 = 0, uint64_t a1 = 0, uint64_t a2 = 0, uint64_t a3 = 0,
                         uint64_t a4 = 0, uint64_t a5 = 0) {
  uint64_t rax = number;
  register uint64_t r10 asm("r10") = a3;
  register uint64_t r8 asm("r8") = a4;
  register uint64_t r9 asm("r9") = a5;
  asm volatile("syscall" : "+a"(rax) : "D"(a0), "S"(a1), "d"(a2), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return rax;
}

// A call without arguments: only its number is put into a register, so that nothing else is measured.
inline uint64_t call_by_syscall(uint64_t number) {
  uint64_t rax = number;
  asm volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
  return rax;
}

// The same through the interrupt gate.
inline uint64_t call_by_interrupt(uint64_t number) {
  uint64_t rax = number;
  asm volatile("int $0x80" : "+a"(rax) : : "memory");
  return rax;
}

// The CPU's own clock; under -icount shift=0 it counts instructions.
inline uint64_t read_time_stamp() {
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high));
  return static_cast<uint64_t>(high) << 32 | low;
}

inline void pause() { asm volatile("pause"); }

}  // namespace strata
