# Lab 1: what its kernel is made of, which of these files the student writes, and its user programs.
SOURCES := \
  stage.cpp \
  acpi/tables.cpp \
  boot/boot_info.cpp \
  boot/fault_on_request.cpp \
  boot/kernel_tables.cpp \
  boot/main.cpp \
  boot/multiboot2.cpp \
  boot/step.cpp \
  boot/x86/boot_stack.S \
  boot/x86/choose_entry.S \
  boot/x86/entry.S \
  boot/x86/multiboot2_header.S \
  boot/x86/my_start32.S \
  boot/x86/paging.cpp \
  boot/x86/start_entry.cpp \
  boot/x86/temporary_tables.S \
  console/uart16550.cpp \
  console/x86/console.cpp \
  cpu/explain_fault.cpp \
  cpu/x86/attempt.S \
  cpu/x86/cpu_tables.cpp \
  cpu/x86/gdt.cpp \
  cpu/x86/idt.cpp \
  cpu/x86/machine.cpp \
  cpu/x86/trap.cpp \
  cpu/x86/trap_entry.S \
  cpu/x86/unwritten_stub.cpp \
  debug/backtrace.cpp \
  debug/panic.cpp \
  debug/symbols.cpp \
  debug/undefined_behaviour.cpp \
  debug/unimplemented.cpp \
  lib/format.cpp \
  lib/print.cpp \
  lib/x86/memory.cpp \
  report/report.cpp \
  report/tests.cpp \
  report/x86/fw_cfg.cpp \
  report/x86/report_port.cpp \
  report/x86/watchdog.cpp \
  time/lapic_clock.cpp \
  time/x86/clock.cpp \
  time/x86/reference_clock.cpp

EXERCISES := \
  boot/kernel_tables.cpp \
  boot/multiboot2.cpp \
  boot/x86/my_start32.S \
  console/uart16550.cpp \
  cpu/explain_fault.cpp \
  cpu/x86/gdt.cpp \
  cpu/x86/idt.cpp \
  cpu/x86/trap_entry.S \
  debug/backtrace.cpp \
  lib/format.cpp \
  time/lapic_clock.cpp

PROGRAMS :=
