#include "smp/kernel_lock.hpp"

#include "cpu/x86/control.hpp"
#include "smp/shootdown.hpp"

namespace strata {

constinit KernelLock kernel_lock;

void KernelLock::wait_for(uint32_t ticket) {
  while (__atomic_load_n(&serving_, __ATOMIC_ACQUIRE) != ticket) {
    flush_if_wanted(this_cpu());
    pause();
  }
}

}  // namespace strata
