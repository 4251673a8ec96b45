// The same before the first line of the report.
#include <cstdint>

extern "C" void kernel_main(uint32_t, uint32_t) { asm volatile("int3"); }
