#include "mm/x86/cpu_tlb.hpp"

#include "cpu/x86/control.hpp"

namespace strata {

constinit Shootdown shootdown = nullptr;

void CpuTlb::flush_others() {
  if (shootdown) shootdown();
}

void CpuTlb::flush_all() { load_root_table(Pa{read_cr3()}); }

}  // namespace strata
