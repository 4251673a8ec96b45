# Lab 3: what its kernel adds, which of these files the student writes, and its user programs.
SOURCES := \
  stage.cpp \
  object/console_object.cpp \
  object/handle_pages.cpp \
  object/handle_table.cpp \
  object/object.cpp \
  object/slot.cpp \
  object/vmo_object.cpp \
  object/x86/console_input.cpp \
  process/archive.cpp \
  process/demonstration.cpp \
  process/elf.cpp \
  process/exit_wait.cpp \
  process/fork.cpp \
  process/futex.cpp \
  process/my_elf.cpp \
  process/process.cpp \
  process/program.cpp \
  sched/context.cpp \
  sched/kernel_stack.cpp \
  sched/run_queue.cpp \
  sched/scheduler.cpp \
  sched/sleep_queue.cpp \
  sched/thread.cpp \
  sched/wait.cpp \
  sched/x86/cpu_state.cpp \
  sched/x86/switch.S \
  smp/cpu.cpp \
  smp/kernel_lock.cpp \
  smp/madt.cpp \
  smp/shootdown.cpp \
  smp/x86/ipi.cpp \
  smp/x86/start_cpus.cpp \
  smp/x86/trampoline.S \
  syscall/dispatch.cpp \
  syscall/handle_calls.cpp \
  syscall/install.cpp \
  syscall/kernel_exit.cpp \
  syscall/memory_calls.cpp \
  syscall/process_calls.cpp \
  syscall/return_path.cpp \
  syscall/system_calls.cpp \
  syscall/x86/cpu_msrs.cpp \
  syscall/x86/entry.S \
  syscall/x86/msr.cpp \
  syscall/x86/unimplemented.S \
  syscall/x86/user_trap.cpp \
  user/copy.cpp \
  user/user_memory.cpp \
  user/x86/user_copy.S

EXERCISES := \
  object/handle_table.cpp \
  process/exit_wait.cpp \
  process/fork.cpp \
  process/my_elf.cpp \
  programs/x86/my_hunts.cpp \
  sched/run_queue.cpp \
  sched/x86/switch.S \
  syscall/dispatch.cpp \
  syscall/return_path.cpp \
  syscall/x86/entry.S \
  syscall/x86/msr.cpp \
  user/copy.cpp

# Each of programs/ becomes a file of its name in the boot archive's bin/, linked with all of runtime/.
PROGRAMS := \
  runtime/x86/crt0.S \
  runtime/program.cpp \
  programs/alternate.cpp \
  programs/crowd.cpp \
  programs/echo.cpp \
  programs/evil.cpp \
  programs/fork.cpp \
  programs/fuzz.cpp \
  programs/hello.cpp \
  programs/limits.cpp \
  programs/measure.cpp \
  programs/stress.cpp \
  programs/x86/hazards.cpp \
  programs/x86/my_hunts.cpp
