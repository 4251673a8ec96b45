// What needs the machine: its console on COM1, the block that GRUB left, the CPU's tables, the real timer. The bodies of
// the other files also run on the host (host.mk).
#include <iterator>

#include "boot/boot_info.hpp"
#include "console/console.hpp"
#include "cpu/x86/control.hpp"
#include "cpu/x86/cpu_tables.hpp"
#include "lib/format.hpp"
#include "report/tests.hpp"
#include "time/clock.hpp"

namespace strata {

namespace {

// The host watches COM1: only the student's driver can put this line there.
void console_greeting(TestRun& run) {
  run.seen("outcome", 0, start_console().error());
  char word[17];
  for (char& c : word) c = static_cast<char>('a' + run.random().below(26));
  word[16] = '\n';
  console().write("greeting ");
  console().write({word, std::size(word)});
}

// The host watches COM1: numbers in a line of the log.
void console_numbers(TestRun& run) {
  run.seen("outcome", 0, start_console().error());
  uint64_t number = run.random().next();
  auto negative = -static_cast<int64_t>(run.random().below(1'000'000));
  log("numbers {} {:016x} {:8}|\n", number, number, negative);
  char direct[80];
  run.seen("direct", 0, format_unsigned(direct, number).error());
}

// The block that GRUB left: the host knows how much memory it gave to the machine, and the boot archive's size.
constinit BootInfo grub_info;

void boot_grub(TestRun& run) {
  run.seen("outcome", 0, parse_boot_info(boot_block(), grub_info).error());
  const BootInfo& info = grub_info;
  uint64_t top = 0;
  for (const MemoryRange& range : info.memory) {
    if (range.kind == MemoryKind::Usable && range.base == Pa{0x10'0000}) top = (range.base + range.length).value;
  }
  run.seen("top_mib", 0, align_up(top, 0x10'0000) / 0x10'0000);
  run.seen("modules", 0, info.modules.size());
  if (info.modules.size() != 1) return;
  run.seen("name", 0, info.modules[0].name);
  run.seen("size", 0, info.modules[0].end - info.modules[0].start);
}

// The host watches COM1: the table of the boot log.
void memory_table(TestRun& run) {
  run.seen("console", 0, start_console().error());
  log("memory table {:x}\n", run.random().next());
  run.seen("outcome", 0, start_boot_info().error());
}

void gdt_witness(TestRun& run) {
  run.seen("outcome", 0, load_gdt().error());
  witness_point();
}

void idt_witness(TestRun& run) {
  run.seen("outcome", 0, load_idt().error());
  witness_point();
}

// The real timer: ticks come, and both clocks agree on how long it took.
void clock_runs(TestRun& run) {
  auto outcome = run_clock();
  run.seen("outcome", 0, outcome.error());
  if (!outcome.ok()) return;
  uint64_t wanted = 5 + run.random().below(100);
  uint64_t ticks = clock().ticks(), time = clock().nanoseconds(), reference = reference_clock().nanoseconds();
  while (clock().ticks() < ticks + wanted) wait_for_interrupt();
  ticks = clock().ticks() - ticks, time = clock().nanoseconds() - time;
  reference = reference_clock().nanoseconds() - reference;  // before anything is reported, for that takes its time
  run.seen("ticks", 0, ticks);
  run.seen("microseconds", 0, time / 1000);
  run.seen("reference", 0, reference / 1000);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.console_greeting", console_greeting},
    {"lab1.console_numbers", console_numbers},
    {"lab1.boot_grub", boot_grub},
    {"lab1.memory_table", memory_table},
    {"lab1.gdt_witness", gdt_witness},
    {"lab1.idt_witness", idt_witness},
    {"lab1.clock_runs", clock_runs},
};

}  // namespace
}  // namespace strata
