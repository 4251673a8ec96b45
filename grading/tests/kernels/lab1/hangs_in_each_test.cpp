// Begins the first test of the list and hangs, in each boot.
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  namespace report = strata::report;
  report::start();
  report::test_begins(report::test_list().substr(0, report::test_list().find(',')));
  for (;;) asm volatile("");
}
