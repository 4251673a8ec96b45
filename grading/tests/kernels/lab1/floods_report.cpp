// Fills COM2 with lines that carry the right nonce, then ends with the value for success.
#include "cpu/x86/machine.hpp"
#include "report/report.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) {
  strata::report::start();
  strata::report::test_begins("lab1.uart_divisor");
  for (uint64_t i = 0; i < 40'000; ++i) strata::report::seen("outcome", i, "Success");
  strata::end_machine(strata::MachineEnd::Finished);
}
