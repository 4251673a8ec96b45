// Stage 1: a kernel that can speak, knows its memory, survives its own mistakes, and has a clock. What happens, in order.
#include "acpi/tables.hpp"
#include "boot/boot_info.hpp"
#include "boot/entry.hpp"
#include "boot/kernel_tables.hpp"
#include "boot/step.hpp"
#include "console/console.hpp"
#include "cpu/x86/cpu_tables.hpp"
#include "time/clock.hpp"

namespace strata {

// Known to the linker as start_stage in the kernel of stage 1.
extern "C" void start_lab1() {
  step("SERIAL", start_console());
  log("[STRATA] stage 1: boot\n");
  step("ENTRY", start_entry());
  step("MEMORY", start_boot_info());
  step("PAGING", start_paging());
  step("GDT", start_gdt());
  step("IDT", start_idt());
  step("ACPI", start_acpi());
  step("TIMER", start_clock());
}

}  // namespace strata
