// Begins the first test of the list and ends with the value for success, in each boot.
#include "cpu/x86/machine.hpp"
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  namespace report = strata::report;
  report::start();
  report::test_begins(report::test_list().substr(0, report::test_list().find(',')));
  strata::end_machine(strata::MachineEnd::Finished);
}
