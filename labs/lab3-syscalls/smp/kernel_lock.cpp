#include "smp/kernel_lock.hpp"

#include "cpu/x86/control.hpp"
#include "smp/shootdown.hpp"

namespace strata {

constinit KernelLock kernel_lock;

namespace {

void look_around() {
  flush_if_wanted(this_cpu());
  pause();
}

}  // namespace

void KernelLock::wait() {
  constexpr unsigned patience = 64;
  bool others = __atomic_fetch_add(&state_, one_waiting, __ATOMIC_RELAXED) >= one_waiting;
  uint32_t turn = __atomic_load_n(&turns_, __ATOMIC_RELAXED);
  for (unsigned i = 0; others && i < patience && __atomic_load_n(&turns_, __ATOMIC_RELAXED) == turn; ++i) look_around();
  while ((__atomic_fetch_or(&state_, held, __ATOMIC_ACQUIRE) & held) != 0) look_around();
  __atomic_fetch_sub(&state_, one_waiting, __ATOMIC_RELAXED);
  ++turns_;
}

}  // namespace strata
