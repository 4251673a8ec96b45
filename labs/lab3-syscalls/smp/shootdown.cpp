#include "smp/shootdown.hpp"

#include "cpu/trap.hpp"
#include "cpu/x86/control.hpp"
#include "mm/kernel_space.hpp"
#include "mm/x86/cpu_tlb.hpp"
#include "smp/x86/ipi.hpp"

namespace strata {

namespace {

bool wanted(const Cpu& cpu) { return __atomic_load_n(&cpu.flush_wanted, __ATOMIC_ACQUIRE); }

}  // namespace

void flush_if_wanted(Cpu& cpu) {
  if (!wanted(cpu)) return;
  load_root_table(Pa{read_cr3()});
  __atomic_store_n(&cpu.flush_wanted, false, __ATOMIC_RELEASE);
}

void make_look(Cpu& cpu) {
  cpu.attention = true;
  if (&cpu != &this_cpu()) send_interrupt(cpu, vector::look);
}

void shoot_down(bool everybody) {
  Cpu& self = this_cpu();
  for (size_t i = 0; i < cpu_count; ++i) {
    Cpu& cpu = cpus[i];
    if (&cpu == &self || (!everybody && cpu.root_table == kernel_space().root().value)) continue;
    __atomic_store_n(&cpu.flush_wanted, true, __ATOMIC_RELEASE);
    send_interrupt(cpu, vector::flush);
  }
  for (size_t i = 0; i < cpu_count; ++i) {
    while (wanted(cpus[i])) pause();
  }
}

void start_shootdown() {
  set_trap_handler(vector::look, [](TrapFrame&) { end_of_interrupt(); });
  set_trap_handler(vector::flush, [](TrapFrame&) {
    flush_if_wanted(this_cpu());
    end_of_interrupt();
  });
  set_trap_handler(vector::other_timer, [](TrapFrame&) {
    end_of_interrupt();
    this_cpu().ticked = this_cpu().attention = true;
  });
  shootdown = [] { shoot_down(false); };
}

}  // namespace strata
