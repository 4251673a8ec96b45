#include "report/x86/watchdog.hpp"

#include "cpu/x86/ports.hpp"

namespace strata::watchdog {

namespace {
constexpr uint16_t arm_port = 0x443;  // iBASE IB700: a write of n starts the timer with (15 - n) * 2 seconds
constexpr uint8_t two_seconds = 15 - 1;
}  // namespace

void arm() { out8(arm_port, two_seconds); }

}  // namespace strata::watchdog
