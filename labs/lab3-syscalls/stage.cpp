// Stage 3: a kernel that runs programs nobody trusts. What happens, in order.
#include "boot/step.hpp"
#include "console/console.hpp"
#include "object/console_object.hpp"
#include "process/demonstration.hpp"
#include "report/report.hpp"
#include "sched/scheduler.hpp"
#include "smp/start_cpus.hpp"
#include "syscall/kernel_exit.hpp"
#include "syscall/syscall_table.hpp"
#include "syscall/x86/msr.hpp"

namespace strata {

extern "C" void start_lab2();

namespace {

// Not in a graded run: a mistake that hangs a program must not cost the tests that need no program.
void show_programs() {
  step("PROGRAM", show_program("bin/hello"));
  step("PROGRAM", show_program("bin/alternate"));
  step("PROGRAM", show_program("bin/fork"));
  step("PROGRAM", show_program("bin/evil"));
  step("PROGRAM", show_requested_program());
  step("SYSCALL", show_calls());
}

}  // namespace

// Known to the linker as start_stage in the kernel of stage 3.
extern "C" void start_lab3() {
  start_lab2();
  log("[STRATA] stage 3: system calls\n");
  install_calls();
  step("CPU", start_this_cpu());
  step("TRAPS", start_user_traps());
  step("SYSCALL", start_syscall());
  step("SCHEDULER", start_scheduler());
  step("SMP", start_other_cpus());
  step("CONSOLE", start_console_object());
  if (!report::graded()) show_programs();
}

}  // namespace strata
