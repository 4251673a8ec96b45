// Halts for ever.
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  strata::report::start();
  for (;;) asm volatile("cli; hlt");
}
