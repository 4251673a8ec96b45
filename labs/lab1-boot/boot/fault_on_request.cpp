#include "boot/fault_on_request.hpp"

#include <cstdint>

#include "report/x86/fw_cfg.hpp"

namespace strata {

// `static`, not a namespace without a name, so that a backtrace stays short. `volatile` and the empty assembly keep the
// compiler from throwing the write out, and from turning calls into jumps, which would leave nothing on the stack.
[[gnu::noinline]] static void set_second(volatile uint64_t* pair) {
  pair[1] = 1;  // NOLINT(clang-analyzer-core.NullDereference): the fault that is asked for
}

[[gnu::noinline]] static void follow_null_pointer() {
  uint64_t* volatile nowhere = nullptr;
  set_second(nowhere);
  asm volatile("");
}

void fault_if_requested() {
  char answer[1];
  if (fw_cfg::read("opt/org.strata/fault", answer).empty()) return;
  follow_null_pointer();
  asm volatile("");
}

}  // namespace strata
