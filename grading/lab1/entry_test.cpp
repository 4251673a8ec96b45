// Challenge 1.11, in boots with `entry=mine`. What the entry has left behind in the CPU is gone by now: the host has looked
// at it when kernel_main began. Here the kernel says that it was that entry, and what came with it.
#include "boot/entry.hpp"
#include "boot/boot_info.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constinit BootInfo info;

void entry_witness(TestRun& run) {
  auto mine = entered_by_my_start32();
  run.seen("outcome", 0, mine.error());
  run.seen("mine", 0, mine.value_or(false));
}

void entry_boots(TestRun& run) {
  entry_witness(run);
  info = BootInfo{};
  run.seen("boot_info", 0, parse_boot_info(boot_block(), info).error());
  run.seen("command_line", 0, info.command_line);
  run.seen("modules", 0, info.modules.size());
  uint64_t top = 0;
  for (const MemoryRange& range : info.memory) {
    if (range.kind == MemoryKind::Usable) top = (range.base + range.length).value;
  }
  run.seen("top_mib", 0, align_up(top, 0x10'0000) / 0x10'0000);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.entry_boots", entry_boots},
    {"lab1.entry_registers", entry_witness},
    {"lab1.entry_tables", entry_witness},
};

}  // namespace
}  // namespace strata
