// This CPU's TLB.
#pragma once

#include "mm/tlb_flush.hpp"

namespace strata {

// Has the other CPUs flush their TLBs, and waits until they have; lab 3 fills the slot.
using Shootdown = void (*)();
extern Shootdown shootdown;

class CpuTlb final : public Tlb {
 public:
  void flush_page(Va va) override { asm volatile("invlpg (%0)" : : "r"(va.value) : "memory"); }
  void flush_all() override;  // no page is global here, so loading CR3 is enough
  void flush_others() override;
};

}  // namespace strata
