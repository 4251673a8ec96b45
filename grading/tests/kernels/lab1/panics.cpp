// Panics before the first test.
#include "debug/panic.hpp"
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  strata::report::start();
  strata::panic("rogue number {}", 7u);
}
