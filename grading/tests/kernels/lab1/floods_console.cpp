// Writes to COM1 without end.
#include "cpu/x86/ports.hpp"
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  strata::report::start();
  for (;;) {
    for (char c : "all work and no play\r\n") strata::out8(0x3f8, static_cast<uint8_t>(c));
  }
}
