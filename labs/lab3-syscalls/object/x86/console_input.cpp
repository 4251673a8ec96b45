#include "object/x86/console_input.hpp"

#include "console/uart16550.hpp"
#include "cpu/x86/ports.hpp"

namespace strata {

namespace {

constexpr uint16_t com1 = 0x3f8;
constexpr uint8_t data_ready = 1;  // in the line status

}  // namespace

bool character_waits() { return (in8(com1 + uart::line_status) & data_ready) != 0; }
char take_character() { return static_cast<char>(in8(com1 + uart::data)); }

}  // namespace strata
