#include "cpu/x86/machine.hpp"

#include "cpu/x86/ports.hpp"

namespace strata {

namespace {
constexpr uint16_t debug_exit_port = 0xf4;  // QEMU: -device isa-debug-exit,iobase=0xf4
}

void end_machine(MachineEnd why) {
  out8(debug_exit_port, static_cast<uint8_t>(why));
  for (;;) asm volatile("cli; hlt");
}

}  // namespace strata
