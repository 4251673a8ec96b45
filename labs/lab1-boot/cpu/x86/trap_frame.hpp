// What stands on the stack while a trap is handled: the CPU's part (Intel SDM vol. 3A, 6.14.2) and ours (exercise 1.7).
//
//     higher addresses
//       ss, rsp, rflags, cs, rip     pushed by the CPU, after it has aligned the stack to 16
//       error                        pushed by the CPU for some vectors; the stub pushes 0 for the others
//       vector                       pushed by the stub
//       rax rbx rcx rdx rsi rdi rbp r8 ... r15
//     lower addresses: where a TrapFrame* points, and rsp at the call of handle_trap
#pragma once

#include <cstddef>
#include <cstdint>

namespace strata {

struct TrapFrame {
  uint64_t r15, r14, r13, r12, r11, r10, r9, r8;
  uint64_t rbp, rdi, rsi, rdx, rcx, rbx, rax;
  uint64_t vector;
  uint64_t error;
  uint64_t rip, cs, rflags, rsp, ss;

  bool from_user() const { return (cs & 3) != 0; }
};

static_assert(sizeof(TrapFrame) == 22 * sizeof(uint64_t) && sizeof(TrapFrame) % 16 == 0);
static_assert(offsetof(TrapFrame, vector) == 15 * sizeof(uint64_t));

}  // namespace strata
