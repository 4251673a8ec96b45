// Says that it was entered, then spins with interrupts off.
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  strata::report::start();
  for (;;) asm volatile("cli");
}
