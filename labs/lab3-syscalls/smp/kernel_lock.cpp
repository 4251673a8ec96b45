#include "smp/kernel_lock.hpp"

#include "cpu/x86/control.hpp"

namespace strata {

constinit KernelLock kernel_lock;

void KernelLock::wait_for(uint32_t ticket) {
  while (__atomic_load_n(&serving_, __ATOMIC_ACQUIRE) != ticket) pause();
}

}  // namespace strata
