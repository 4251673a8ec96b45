// Exercise 1.1: a polled driver for the 16550 UART.
// Invariant: the divisor latch is open only inside init(), so everywhere else register 0 is the data register.
#include "console/uart16550.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.1  The divisor (115200 / baud) is 16 bits wide and stands in two registers that are reachable only while
// the divisor latch is open.                                                     (PC16550D, 8.1 and 8.3)
Result<> Uart16550::init(uint32_t baud) {
  (void)baud;
  return unimplemented("1.1 Uart16550::init");
}

// EXERCISE 1.1  Ask the line status register until it says that the byte can be sent.          (PC16550D, 8.4)
void Uart16550::put(char byte) {
  (void)byte;
  (void)unimplemented("1.1 Uart16550::put");
}

// EXERCISE 1.1  A terminal moves down on '\n' and left on '\r': a line needs both.
void Uart16550::write(std::string_view text) {
  (void)text;
  (void)unimplemented("1.1 Uart16550::write");
}

}  // namespace strata
