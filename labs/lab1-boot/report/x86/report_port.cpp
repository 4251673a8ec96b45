#include "report/x86/report_port.hpp"

#include "cpu/x86/ports.hpp"

namespace strata::report_port {

namespace {
constexpr uint16_t com2 = 0x2f8;
constexpr uint16_t line_status = com2 + 5;
constexpr uint8_t can_send = 0x20;
}  // namespace

// QEMU's chip sends at any speed; the divisor stays as the firmware left it.
void start() { out8(com2 + 1, 0); }

void put(char byte) {
  while ((in8(line_status) & can_send) == 0) asm volatile("pause");
  out8(com2, static_cast<uint8_t>(byte));
}

}  // namespace strata::report_port
