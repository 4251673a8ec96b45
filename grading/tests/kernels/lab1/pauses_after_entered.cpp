// Spins as spin locks do: each `pause` costs the emulator as much as fifty other instructions.
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  strata::report::start();
  for (;;) asm volatile("pause");
}
