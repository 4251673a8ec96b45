// The one lock of the kernel: taken on every way in from ring 3, given back on every way out and while a CPU idles. Whoever holds
// it reasons as on one CPU. Not first come, first served: under an emulator a CPU may stand still for milliseconds, and all behind
// it with it.
#pragma once

#include <cstdint>

namespace strata {

class KernelLock {
 public:
  void lock() {
    if (__atomic_exchange_n(&held_, 1, __ATOMIC_ACQUIRE) != 0) [[unlikely]]
      wait();
  }
  void unlock() { __atomic_store_n(&held_, 0, __ATOMIC_RELEASE); }

 private:
  [[gnu::noinline]] void wait();

  uint32_t held_ = 0;
};

extern KernelLock kernel_lock;

}  // namespace strata
