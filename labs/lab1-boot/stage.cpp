// Stage 1: a kernel that can speak. What happens from here on, in order.
#include "acpi/tables.hpp"
#include "boot/boot_info.hpp"
#include "boot/step.hpp"
#include "console/console.hpp"

namespace strata {

// Known to the linker as start_stage in the kernel of stage 1.
extern "C" void start_lab1() {
  step("SERIAL", start_console());
  log("[STRATA] stage 1: boot\n");
  step("MEMORY", start_boot_info());
  step("ACPI", start_acpi());
}

}  // namespace strata
