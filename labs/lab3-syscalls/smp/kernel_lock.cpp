#include "smp/kernel_lock.hpp"

#include "cpu/x86/control.hpp"
#include "smp/shootdown.hpp"

namespace strata {

constinit KernelLock kernel_lock;

void KernelLock::wait() {
  do {
    while (__atomic_load_n(&held_, __ATOMIC_RELAXED) != 0) {
      flush_if_wanted(this_cpu());
      pause();
    }
  } while (__atomic_exchange_n(&held_, 1, __ATOMIC_ACQUIRE) != 0);
}

}  // namespace strata
