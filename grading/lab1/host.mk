# What lab 1's host tests (`mode = host` in lab.ini) are made of: the exercises that are pure, given sources that they or
# the tests call, the test files whose bodies need no machine, and what stands in for the machine's part of the kernel.
HOST_EXERCISES := \
  boot/kernel_tables.cpp \
  boot/multiboot2.cpp \
  console/uart16550.cpp \
  cpu/explain_fault.cpp \
  cpu/x86/gdt.cpp \
  cpu/x86/idt.cpp \
  debug/backtrace.cpp \
  lib/format.cpp \
  time/lapic_clock.cpp

HOST_SOURCES := \
  debug/unimplemented.cpp \
  lib/print.cpp \
  report/report.cpp \
  report/tests.cpp

HOST_TESTS := \
  backtrace_test.cpp \
  boot_fuzz_test.cpp \
  boot_info_test.cpp \
  clock_test.cpp \
  descriptors_test.cpp \
  fault_test.cpp \
  format_test.cpp \
  host/main.cpp \
  host/sandbox.cpp \
  kernel_tables_test.cpp \
  uart_test.cpp
