// The one lock of the kernel: taken on every way in from ring 3, given back on every way out and while a CPU idles. Whoever holds
// it reasons as on one CPU. A ticket lock: first come, first served, so no CPU starves.
#pragma once

#include <cstdint>

#include "smp/x86/increment.hpp"

namespace strata {

class KernelLock {
 public:
  void lock() {
    uint32_t ticket = __atomic_fetch_add(&next_, 1, __ATOMIC_RELAXED);
    if (__atomic_load_n(&serving_, __ATOMIC_ACQUIRE) != ticket) [[unlikely]] wait_for(ticket);
  }
  void unlock() { increment_released(serving_); }

 private:
  [[gnu::noinline]] void wait_for(uint32_t ticket);

  uint32_t next_ = 0;
  uint32_t serving_ = 0;
};

extern KernelLock kernel_lock;

}  // namespace strata
