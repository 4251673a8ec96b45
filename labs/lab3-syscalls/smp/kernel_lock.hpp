// The one lock of the kernel: taken on every way in from ring 3, given back on every way out and while a CPU idles. Whoever holds
// it reasons as on one CPU. Who finds others waiting lets them go first, but not for long: under an emulator a CPU may stand still for
// milliseconds, and in a strict queue all behind it with it.
#pragma once

#include <cstdint>

namespace strata {

class KernelLock {
 public:
  void lock() {
    uint32_t free = 0;
    if (!__atomic_compare_exchange_n(&state_, &free, held, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) [[unlikely]]
      wait();
  }
  void unlock() { __atomic_fetch_and(&state_, ~held, __ATOMIC_RELEASE); }

 private:
  static constexpr uint32_t held = 1, one_waiting = 2;

  [[gnu::noinline]] void wait();

  uint32_t state_ = 0;  // `held`, and one_waiting for each CPU in wait()
  uint32_t turns_ = 0;  // how often one of them got it
};

extern KernelLock kernel_lock;

}  // namespace strata
