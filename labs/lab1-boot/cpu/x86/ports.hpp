// The I/O ports of the CPU (Intel SDM vol. 1, chapter 19). Only code in x86/ folders may use them directly.
#pragma once

#include <cstdint>

#include "console/port_io.hpp"

namespace strata {

inline uint8_t in8(uint16_t port) {
  uint8_t value;
  asm volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
  return value;
}

inline void out8(uint16_t port, uint8_t value) { asm volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }

inline void out16(uint16_t port, uint16_t value) { asm volatile("outw %0, %1" : : "a"(value), "Nd"(port)); }

// The real ports behind the interface that drivers are written against.
class CpuPorts final : public PortIo {
 public:
  uint8_t read(uint16_t port) override { return in8(port); }
  void write(uint16_t port, uint8_t value) override { out8(port, value); }
};

}  // namespace strata
