// What the CPU keeps for ring 3 besides the general registers: FPU and SSE, FS base, address space, kernel stack.
#pragma once

#include "mm/address_space.hpp"
#include "sched/thread.hpp"
#include "smp/cpu.hpp"

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

}  // namespace strata
