// Memory that runs out on purpose.
#pragma once

#include <cstdint>

#include "mm/fault_injection.hpp"

namespace strata {

// While it lives, so many allocations of frames and on the heap succeed, and no more.
class LimitedMemory {
 public:
  explicit LimitedMemory(uint64_t allocations) {
    left = allocations;
    allocation_hook = [](const void*) { return left != 0 && left-- != 0; };
  }
  LimitedMemory(const LimitedMemory&) = delete;
  LimitedMemory& operator=(const LimitedMemory&) = delete;
  ~LimitedMemory() { allocation_hook = nullptr; }

 private:
  inline static constinit uint64_t left = 0;
};

}  // namespace strata
