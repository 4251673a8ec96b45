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
  KernelStack(KernelStack&& other) noexcept : block_(other.block_) { other.block_ = {}; }
  KernelStack& operator=(KernelStack&& other) noexcept {
    Pa block = block_;
    block_ = other.block_;
    other.block_ = block;
    return *this;
  }
  ~KernelStack();

  explicit operator bool() const { return block_ != Pa{0}; }

  // The first address behind it, a multiple of 16. The stack in the frames at physical address p stands in the upper half of what is
  // at base + 2p: so each block of frames has a place of its own, and nobody needs to look for one.
  uint64_t top() const { return base + 2 * block_.value + 2 * bytes; }

 private:
  static constexpr uint64_t base = 0xffff'ffe0'0000'0000;

  explicit KernelStack(Pa block) : block_(block) {}
  Va bottom() const { return {top() - bytes}; }

  Pa block_;  // of frames; 0: none
};

}  // namespace strata
