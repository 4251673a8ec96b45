// Included by smp/cpu.hpp.
#pragma once

namespace strata {

inline Cpu& this_cpu() {
  Cpu* cpu;
  asm("movq %%gs:0, %0" : "=r"(cpu));
  return *cpu;
}

// The one that runs on this CPU; never absent after start_cpus().
inline Thread& current_thread() { return *this_cpu().current; }

}  // namespace strata
