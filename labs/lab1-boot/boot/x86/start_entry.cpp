#include "boot/entry.hpp"
#include "console/console.hpp"
#include "cpu/x86/control.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

// Set by choose_entry.S, before there is any C++.
extern "C" {
constinit bool took_my_start32 = false;
constinit bool missed_my_start32 = false;
}

Result<bool> entered_by_my_start32() {
  if (missed_my_start32) return unimplemented("1.11 my_start32");
  return took_my_start32;
}

Result<> start_entry() {
  if (TRY(entered_by_my_start32())) {
    log("[ENTRY] my_start32: cr0 {:x}, cr3 {:x}, cr4 {:x}, efer {:x}\n", read_cr0(), read_cr3(), read_cr4(),
        read_msr(msr_efer));
  }
  return {};
}

}  // namespace strata
