#include "smp/start_cpus.hpp"

#include "acpi/tables.hpp"
#include "console/console.hpp"
#include "cpu/trap.hpp"
#include "cpu/x86/control.hpp"
#include "cpu/x86/cpu_tables.hpp"
#include "cpu/x86/idt.hpp"
#include "mm/frames.hpp"
#include "mm/kernel_space.hpp"
#include "sched/scheduler.hpp"
#include "sched/x86/cpu_state.hpp"
#include "smp/kernel_lock.hpp"
#include "smp/madt.hpp"
#include "smp/shootdown.hpp"
#include "smp/x86/ipi.hpp"
#include "smp/x86/trampoline.h"
#include "syscall/x86/msr.hpp"
#include "time/clock.hpp"

namespace strata {

extern "C" {
extern Tss kernel_tss;
extern Idt kernel_idt;
extern const char trampoline_start[], trampoline_words[], trampoline_end[];
extern const char syscall_entry[];
}

namespace {

constexpr uint64_t longest_wait_ns = 100'000'000;

// What the trampoline needs to know, in its order.
struct TrampolineWords {
  uint64_t root, stack, argument, function;
};

// The tables that another CPU has for itself.
struct OtherCpu {
  Gdt gdt;
  Tss tss;
};
constinit OtherCpu other[most_cpus];

void wait_ns(uint64_t nanoseconds) {
  uint64_t start = reference_clock().nanoseconds();
  while (reference_clock().nanoseconds() - start < nanoseconds) pause();
}

Result<> fill_tables(Cpu& cpu) {
  constexpr unsigned order = 1;  // 8 KiB, as the first CPU's
  OtherCpu& tables = other[cpu.number];
  Va tops[ist::count];
  for (Va& top : tops) top = direct_map(TRY(allocate_frames(order))) + (frame_size << order);
  TRY(fill_gdt(tables.gdt, tables.tss, Va{reinterpret_cast<uint64_t>(&tables.tss)}, tops));
  cpu.tss = &tables.tss;
  return {};
}

// The kernel's space, and the trampoline where it lies. Lives on, because CPUs come whenever they do.
Result<Pa> trampoline_space() {
  PageTables tables(frame_tables(), TRY(frame_tables().allocate()));
  Cursor kernel = kernel_space().cursor(), own = tables.cursor();
  TRY(kernel.find(kernel_image_base, Format::levels));
  TRY(own.find(kernel_image_base, Format::levels));
  own.set(kernel.entry());
  TRY(tables.map_contiguous(Va{TRAMPOLINE}, Pa{TRAMPOLINE}, frame_size, {{.execute = true}}));
  return tables.root();
}

[[noreturn]] void other_main(Cpu& cpu) {
  Cpu& first = cpus[0];
  load_root_table(kernel_space().root());
  use_gdt(other[cpu.number].gdt);
  load_idtr({sizeof(Idt) - 1, &kernel_idt});
  set_cpu(cpu);
  write_cr4(first.cr4);
  enable_fpu();
  CpuMsrs msrs;
  (void)enable_syscall(msrs, Va{reinterpret_cast<uint64_t>(syscall_entry)});
  enable_lapic();
  start_other_timer(first.timer_counts);
  __atomic_store_n(&cpu.online, true, __ATOMIC_RELEASE);
  kernel_lock.lock();
  idle();
}

Result<> start_cpu(Cpu& cpu, Pa root) {
  cpu.self = &cpu;
  cpu.root_table = kernel_space().root().value;
  TRY(fill_tables(cpu));
  TRY(make_idle_thread(cpu));
  cpu.current = cpu.idle_thread;
  cpu.current->state = ThreadState::Running;
  auto size = static_cast<size_t>(trampoline_end - trampoline_start);
  auto* place = direct_map_as<char>(Pa{TRAMPOLINE});
  __builtin_memcpy(place, trampoline_start, size);
  TrampolineWords words{root.value, cpu.idle_thread->stack.top() - 8, reinterpret_cast<uint64_t>(&cpu),
                        reinterpret_cast<uint64_t>(other_main)};
  __builtin_memcpy(place + (trampoline_words - trampoline_start), &words, sizeof words);

  send_init(cpu);
  wait_ns(10'000'000);
  send_startup(cpu, TRAMPOLINE / frame_size);
  uint64_t start = reference_clock().nanoseconds();
  while (!__atomic_load_n(&cpu.online, __ATOMIC_ACQUIRE)) {
    if (reference_clock().nanoseconds() - start > longest_wait_ns) return Error::Timeout;
    pause();
  }
  return {};
}

}  // namespace

Result<> start_this_cpu() {
  Cpu& cpu = cpus[0];
  cpu.self = &cpu;
  cpu.tss = &kernel_tss;
  cpu.online = true;
  set_cpu(cpu);
  return {};
}

Result<> start_other_cpus() {
  TRY(need_scheduler());
  const acpi::TableHeader* table = TRY(acpi::find_table("APIC"));
  ApicIds ids;
  TRY(find_apic_ids({reinterpret_cast<const uint8_t*>(table), table->length}, ids));
  start_shootdown();
  Cpu& self = this_cpu();
  self.apic_id = lapic_id();
  self.cr4 = read_cr4();
  self.timer_counts = counts_a_tick();
  Pa root = ids.size() > 1 ? TRY(trampoline_space()) : Pa{};
  for (uint8_t apic_id : ids) {
    if (apic_id == self.apic_id) continue;
    Cpu& cpu = cpus[cpu_count];
    cpu.number = static_cast<uint32_t>(cpu_count);
    cpu.apic_id = apic_id;
    TRY(start_cpu(cpu, root));
    ++cpu_count;
  }
  log("[SMP] {} CPU{}\n", cpu_count, cpu_count == 1 ? "" : "s");
  return {};
}

}  // namespace strata
