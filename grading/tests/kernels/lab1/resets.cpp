// Asks the keyboard controller for a reset.
#include "cpu/x86/ports.hpp"
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  strata::report::start();
  strata::out8(0x64, 0xfe);
  for (;;) asm volatile("hlt");
}
