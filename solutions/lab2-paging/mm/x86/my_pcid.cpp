// Challenge 2.13: which PCID a space gets, and what the TLB may keep (Intel SDM vol. 3A, 4.10).
// Invariant: a slot whose generation is its space's has no entry in the TLB that the tables do not have.
#include "mm/x86/my_pcid.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 2.13  When are the entries of a PCID those of this space, and when are they still true?
void PcidCpu::switch_to(const TaggedSpace& space) {
  //@ solution
  size_t chosen = 0;
  for (size_t i = 0; i < pcids_; ++i) {
    if (slots_[i].switched_to < slots_[chosen].switched_to) chosen = i;
  }
  for (size_t i = 0; i < pcids_; ++i) {
    if (slots_[i].space == space.number) chosen = i;
  }
  Slot& slot = slots_[chosen];
  bool still_true = slot.space == space.number && slot.generation == space.generation;
  tlb_.load_cr3(space.root.value | (chosen + 1) | (still_true ? TaggedTlb::keep : 0));
  slot = {space.number, space.generation, ++switches_};
  in_use_ = &slot;
  //@ skeleton
  // (void)space;
  // (void)unimplemented("2.13 PcidCpu::switch_to");
  //@ end
}

// EXERCISE 2.13  One entry is wrong now. Which slots are as new as the tables after it is gone?
void PcidCpu::changed_page(TaggedSpace& space, Va va) {
  //@ solution
  uint64_t before = space.generation++;
  for (size_t i = 0; i < pcids_; ++i) {
    Slot& slot = slots_[i];
    if (slot.space != space.number || slot.generation != before) continue;
    tlb_.invpcid(Invpcid::Address, static_cast<Pcid>(i + 1), va);
    slot.generation = space.generation;
  }
  //@ skeleton
  // (void)space, (void)va;
  // (void)unimplemented("2.13 PcidCpu::changed_page");
  //@ end
}

// EXERCISE 2.13  Who can still use an entry before the next switch?
void PcidCpu::changed_all(TaggedSpace& space) {
  //@ solution
  ++space.generation;
  if (!in_use_ || in_use_->space != space.number) return;
  tlb_.invpcid(Invpcid::Context, static_cast<Pcid>(in_use_ - slots_ + 1), Va{});
  in_use_->generation = space.generation;
  //@ skeleton
  // (void)space;
  // (void)unimplemented("2.13 PcidCpu::changed_all");
  //@ end
}

}  // namespace strata
