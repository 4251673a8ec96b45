// What the CPU keeps for ring 3 besides the general registers: FPU and SSE, FS base, address space, kernel stack.
#pragma once

#include "cpu/x86/control.hpp"
#include "process/process.hpp"
#include "sched/thread.hpp"
#include "smp/cpu.hpp"
#include "syscall/x86/msr.hpp"

namespace strata {

// Lets SSE be used (Intel SDM vol. 3A, 13.1), and `smap_is_on` know.
void enable_fpu();

// From the CPU into the thread, which has run on it.
void save_user_state(Thread& thread);

// From the thread into the CPU, which is to run it next.
void load_user_state(Cpu& cpu, Thread& thread);

// No process's address space is in use on this CPU any more.
void use_kernel_space();

// This one is, from now on.
void use_space(const AddressSpace& space);

// GS base of this CPU in the kernel; 0 in ring 3.
void set_cpu(Cpu& cpu);

// Ring 3 may have loaded what it liked. A null selector leaves base 0; GS is loaded while its base is the user's, which is 0 anyway.
inline void clear_selectors() {
  asm volatile(
      "movl %0, %%ds\n"
      "movl %0, %%es\n"
      "movl %0, %%fs\n"
      "swapgs\n"
      "movl %0, %%gs\n"
      "swapgs"
      :
      : "r"(0)
      : "memory");
}

inline void use_root(Cpu& cpu, Pa root) {
  if (cpu.root_table == root.value) return;
  cpu.root_table = root.value;
  load_root_table(root);
}

inline void save_user_state(Thread& thread) { asm volatile("fxsaveq %0" : "=m"(thread.fpu)); }

inline void load_user_state(Cpu& cpu, Thread& thread) {
  Process* process = thread.process.get();
  if (!process || !process->space) [[unlikely]]
    return use_kernel_space();
  cpu.kernel_stack = cpu.tss->rsp[0] = thread.stack.top();
  use_root(cpu, process->space->tables().root());
  asm volatile("fxrstorq %0" : : "m"(thread.fpu));
  clear_selectors();
  write_msr(msr::fs_base, thread.fs_base);
}

}  // namespace strata
