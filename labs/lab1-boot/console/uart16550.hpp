// The 16550 UART, the chip behind a PC's serial port (TI PC16550D data sheet, section 8 "Registers").
// Eight registers stand at base .. base + 7. The first two have a second meaning while the divisor latch is open.
#pragma once

#include <cstdint>
#include <string_view>

#include "console/port_io.hpp"
#include "lib/result.hpp"

namespace strata {

namespace uart {

// Offsets from the base port.
inline constexpr uint16_t data = 0;              // write: next byte to send (THR)
inline constexpr uint16_t interrupt_enable = 1;  // IER
inline constexpr uint16_t divisor_low = 0;       // DLL, only while the divisor latch is open
inline constexpr uint16_t divisor_high = 1;      // DLM, only while the divisor latch is open
inline constexpr uint16_t fifo_control = 2;      // FCR
inline constexpr uint16_t line_control = 3;      // LCR
inline constexpr uint16_t modem_control = 4;     // MCR
inline constexpr uint16_t line_status = 5;       // LSR

inline constexpr uint8_t lcr_8n1 = 0x03;               // 8 data bits, no parity, 1 stop bit
inline constexpr uint8_t lcr_divisor_latch = 0x80;     // opens the divisor latch (DLAB)
inline constexpr uint8_t fcr_enable_and_clear = 0x07;  // both FIFOs on and empty
inline constexpr uint8_t mcr_dtr_rts = 0x03;           // "terminal ready", "request to send"
inline constexpr uint8_t lsr_can_send = 0x20;          // THR is empty (THRE)

inline constexpr uint32_t highest_baud = 115200;  // divisor 1

}  // namespace uart

// One port, used by polling: no interrupts, nothing is received.
class Uart16550 {
 public:
  // `ports` must outlive the driver. Nothing is touched before init().
  constexpr Uart16550(PortIo& ports, uint16_t base) : ports_(ports), base_(base) {}

  // Interrupts off, `baud` bits a second, 8N1, FIFOs on and empty, DTR and RTS on; the divisor latch ends closed.
  // InvalidArgument, and no register touched: a rate that the chip cannot make exactly (115200 divided by 1 .. 65535).
  Result<> init(uint32_t baud);

  // Sends one byte as it is. Waits until the chip can take it: a byte written earlier would be lost.
  void put(char byte);

  // Sends text for a terminal: each '\n' becomes "\r\n".
  void write(std::string_view text);

 private:
  uint8_t read_register(uint16_t offset) { return ports_.read(static_cast<uint16_t>(base_ + offset)); }
  void write_register(uint16_t offset, uint8_t value) { ports_.write(static_cast<uint16_t>(base_ + offset), value); }

  PortIo& ports_;
  uint16_t base_;
};

}  // namespace strata
