#include "sched/x86/cpu_state.hpp"

#include "cpu/x86/control.hpp"
#include "mm/kernel_space.hpp"
#include "process/process.hpp"
#include "syscall/x86/msr.hpp"

namespace strata {

extern "C" {
constinit bool smap_is_on = false;
}

void enable_fpu() {
  constexpr uint64_t emulate = 1u << 2, monitor = 1u << 1, native_errors = 1u << 5;
  constexpr uint64_t fxsr = 1u << 9, simd_exceptions = 1u << 10, smap = 1u << 21;
  asm volatile("mov %0, %%cr0" : : "r"((read_cr0() & ~emulate) | monitor | native_errors));
  write_cr4(read_cr4() | fxsr | simd_exceptions);
  smap_is_on = (read_cr4() & smap) != 0;
}

void Thread::copy_user_state() {
  asm volatile("fxsaveq %0" : "=m"(fpu));
  fs_base = current_thread().fs_base;
}

void use_kernel_space() { use_root(this_cpu(), kernel_space().root()); }

void use_space(const AddressSpace& space) { use_root(this_cpu(), space.tables().root()); }

void Thread::begin_again(const TrapFrame& start) {
  frame() = start;
  this_cpu().attention = true;
  fs_base = 0;
  reset_fpu();
  load_user_state(this_cpu(), *this);
}

void set_cpu(Cpu& cpu) {
  write_msr(msr::gs_base, reinterpret_cast<uint64_t>(&cpu));
  write_msr(msr::kernel_gs_base, 0);
}

}  // namespace strata
