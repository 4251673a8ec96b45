// A thread's stack in the kernel: 16 KiB with 16 KiB of nothing below, so that an overflow faults.
#pragma once

#include "lib/address.hpp"
#include "lib/result.hpp"

namespace strata {

class KernelStack {
 public:
  static constexpr uint64_t bytes = 16 * 1024;

  // OutOfMemory.
  static Result<KernelStack> create();

  KernelStack() = default;
  KernelStack(KernelStack&& other) noexcept : block_(other.block_) { other.block_ = {}; }
  KernelStack& operator=(KernelStack&& other) noexcept {
    Pa block = block_;
    block_ = other.block_;
    other.block_ = block;
    return *this;
  }
  ~KernelStack();

  // The first address behind it, a multiple of 16.
  uint64_t top() const;

 private:
  explicit KernelStack(Pa block) : block_(block) {}

  Pa block_;  // of frames; 0: none
};

}  // namespace strata
