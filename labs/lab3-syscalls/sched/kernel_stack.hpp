// A thread's stack in the kernel: 16 KiB with 16 KiB of nothing below, so that an overflow faults.
#pragma once

#include "lib/address.hpp"
#include "lib/result.hpp"

namespace strata {

class KernelStack {
 public:
  static constexpr uint64_t bytes = uint64_t{16} * 1024;

  // OutOfMemory.
  static Result<KernelStack> create();

  KernelStack() = default;
  KernelStack(KernelStack&& other) noexcept : top_(other.top_) { other.top_ = 0; }
  KernelStack& operator=(KernelStack&& other) noexcept {
    uint64_t top = top_;
    top_ = other.top_;
    other.top_ = top;
    return *this;
  }
  ~KernelStack();

  explicit operator bool() const { return top_ != 0; }

  // The first address behind it, a multiple of 16.
  uint64_t top() const { return top_; }

 private:
  static constexpr uint64_t base = 0xffff'ffe0'0000'0000;

  // The stack in the frames at physical address p stands in the upper half of what is at base + 2p: so each block of frames has a
  // place of its own, and nobody needs to look for one.
  explicit KernelStack(Pa block) : top_(base + 2 * block.value + 2 * bytes) {}
  Pa block() const { return {(top_ - base) / 2 - bytes}; }
  Va bottom() const { return {top_ - bytes}; }

  uint64_t top_ = 0;  // 0: none
};

}  // namespace strata
