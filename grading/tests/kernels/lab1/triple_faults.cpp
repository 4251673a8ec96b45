// Touches memory that is not mapped, without a handler for the page fault.
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  strata::report::start();
  *reinterpret_cast<volatile int*>(0x0000'1234'5678'9000) = 1;
}
