// Byte-wide device registers behind an interface: a driver written against it runs on the real ports (cpu/x86/ports.hpp),
// and in the tests on a simulated chip that notices what the real one would silently lose.
#pragma once

#include <cstdint>

namespace strata {

class PortIo {
 public:
  virtual uint8_t read(uint16_t port) = 0;
  virtual void write(uint16_t port, uint8_t value) = 0;

 protected:
  ~PortIo() = default;
};

}  // namespace strata
