// Included by smp/cpu.hpp. All of it is volatile: after a switch a thread may be on another CPU.
#pragma once

#include "smp/cpu.hpp"

namespace strata {

inline Cpu& this_cpu() {
  Cpu* cpu;
  asm volatile("movq %%gs:0, %0" : "=r"(cpu));
  return *cpu;
}

// The one that runs on this CPU; never absent after start_cpus().
inline Thread& current_thread() {
  Thread* thread;
  asm volatile("movq %%gs:%c1, %0" : "=r"(thread) : "i"(CPU_CURRENT));
  return *thread;
}

// Cpu::attention of this CPU.
inline bool needs_attention() {
  bool attention;
  asm volatile("cmpb $0, %%gs:%c1" : "=@ccne"(attention) : "i"(CPU_ATTENTION) : "memory");
  return attention;
}

}  // namespace strata
