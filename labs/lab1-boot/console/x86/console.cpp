#include "console/console.hpp"

#include "console/uart16550.hpp"
#include "cpu/x86/ports.hpp"

namespace strata {

namespace {

constexpr uint16_t com1 = 0x3f8;
constexpr uint32_t baud = 115200;

constinit CpuPorts ports;
constinit Uart16550 com1_uart(ports, com1);

class SerialConsole final : public Sink {
 public:
  void write(std::string_view text) override {
    if (ready_) com1_uart.write(text);
  }
  void set_ready() { ready_ = true; }

 private:
  bool ready_ = false;
};

constinit SerialConsole serial_console;

}  // namespace

Result<> start_console() {
  TRY(com1_uart.init(baud));
  serial_console.set_ready();
  return {};
}

Sink& console() { return serial_console; }

}  // namespace strata
