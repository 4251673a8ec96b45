// Halts with interrupts off before it has said anything.
#include <cstdint>

extern "C" void kernel_main(uint32_t, uint32_t) {
  for (;;) asm volatile("cli; hlt");
}
