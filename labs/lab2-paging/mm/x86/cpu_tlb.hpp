// This CPU's TLB.
#pragma once

#include "mm/tlb_flush.hpp"

namespace strata {

class CpuTlb final : public Tlb {
 public:
  void flush_page(Va va) override { asm volatile("invlpg (%0)" : : "r"(va.value) : "memory"); }
  void flush_all() override;  // no page is global here, so loading CR3 is enough
};

}  // namespace strata
