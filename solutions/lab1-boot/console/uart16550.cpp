// Exercise 1.1: a polled driver for the 16550 UART.
// Invariant: the divisor latch is open only inside init(), so everywhere else register 0 is the data register.
#include "console/uart16550.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.1  The divisor (115200 / baud) is 16 bits wide and stands in two registers that are reachable only while
// the divisor latch is open.                                                     (PC16550D, 8.1 and 8.3)
Result<> Uart16550::init(uint32_t baud) {
  //@ solution
  if (baud == 0 || uart::highest_baud % baud != 0) return Error::InvalidArgument;
  uint32_t divisor = uart::highest_baud / baud;
  if (divisor > 0xffff) return Error::InvalidArgument;

  write_register(uart::interrupt_enable, 0);
  write_register(uart::line_control, uart::lcr_8n1 | uart::lcr_divisor_latch);
  write_register(uart::divisor_low, static_cast<uint8_t>(divisor));
  write_register(uart::divisor_high, static_cast<uint8_t>(divisor >> 8));
  write_register(uart::line_control, uart::lcr_8n1);
  write_register(uart::fifo_control, uart::fcr_enable_and_clear);
  write_register(uart::modem_control, uart::mcr_dtr_rts);
  return {};
  //@ skeleton
  // (void)baud;
  // return unimplemented("1.1 Uart16550::init");
  //@ end
}

// EXERCISE 1.1  Ask the line status register until it says that the byte can be sent.          (PC16550D, 8.4)
void Uart16550::put(char byte) {
  //@ solution
  while ((read_register(uart::line_status) & uart::lsr_can_send) == 0) {
  }
  write_register(uart::data, static_cast<uint8_t>(byte));
  //@ skeleton
  // (void)byte;
  // (void)unimplemented("1.1 Uart16550::put");
  //@ end
}

// EXERCISE 1.1  A terminal moves down on '\n' and left on '\r': a line needs both.
void Uart16550::write(std::string_view text) {
  //@ solution
  for (char c : text) {
    if (c == '\n') put('\r');
    put(c);
  }
  //@ skeleton
  // (void)text;
  // (void)unimplemented("1.1 Uart16550::write");
  //@ end
}

}  // namespace strata
