#include "smp/start_cpus.hpp"

#include "sched/x86/cpu_state.hpp"
#include "smp/cpu.hpp"

namespace strata {

extern "C" Tss kernel_tss;

Result<> start_this_cpu() {
  Cpu& cpu = cpus[0];
  cpu.self = &cpu;
  cpu.tss = &kernel_tss;
  set_cpu(cpu);
  return {};
}

}  // namespace strata
