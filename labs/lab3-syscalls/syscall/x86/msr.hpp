// The model-specific registers that `syscall` and `sysret` go by (Intel SDM vol. 3A, 5.8.8; AMD APM vol. 2, 6.1.1).
#pragma once

#include <cstdint>

#include "lib/address.hpp"
#include "lib/result.hpp"
#include "syscall/x86/flags.hpp"

namespace strata {

namespace msr {
inline constexpr uint32_t efer = 0xc000'0080;
inline constexpr uint32_t star = 0xc000'0081;    // selectors: bits 47..32 for syscall, 63..48 for sysret
inline constexpr uint32_t lstar = 0xc000'0082;   // where syscall goes
inline constexpr uint32_t sfmask = 0xc000'0084;  // the flags that syscall clears
inline constexpr uint32_t fs_base = 0xc000'0100;
inline constexpr uint32_t gs_base = 0xc000'0101;
inline constexpr uint32_t kernel_gs_base = 0xc000'0102;  // what swapgs exchanges GS base with

inline constexpr uint64_t efer_syscall_enable = 1;  // SCE
}  // namespace msr

// The MSRs of a CPU, or simulated ones.
class MsrAccess {
 public:
  virtual uint64_t read(uint32_t number) = 0;
  virtual void write(uint32_t number, uint64_t value) = 0;

 protected:
  ~MsrAccess() = default;
};

class CpuMsrs final : public MsrAccess {
 public:
  uint64_t read(uint32_t number) override;
  void write(uint32_t number, uint64_t value) override;
};

// Exercise 3.1. Prepares this CPU for `syscall`, which shall go to `entry` in the kernel's segments with every flag cleared that
// ring 3 could use against the kernel: trap, interrupt, direction, IOPL, nested task, alignment check. sysret shall return to
// the user's segments. Nothing else changes, in EFER neither. InvalidArgument, and nothing has
// changed: `entry` is below direct_map_base, the lowest address of the kernel.
Result<> enable_syscall(MsrAccess& msrs, Va entry);

// The same for this machine; prints [SYSCALL].
Result<> start_syscall();

}  // namespace strata
