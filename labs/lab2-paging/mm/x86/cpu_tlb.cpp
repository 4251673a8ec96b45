#include "mm/x86/cpu_tlb.hpp"

#include "cpu/x86/control.hpp"

namespace strata {

void CpuTlb::flush_all() { load_root_table(Pa{read_cr3()}); }

}  // namespace strata
