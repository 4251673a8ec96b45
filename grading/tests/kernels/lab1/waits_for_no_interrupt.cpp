// Halts with interrupts on while every line is masked.
#include "cpu/x86/ports.hpp"
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  strata::report::start();
  strata::out8(0x21, 0xff);
  strata::out8(0xa1, 0xff);
  for (;;) asm volatile("sti; hlt");
}
