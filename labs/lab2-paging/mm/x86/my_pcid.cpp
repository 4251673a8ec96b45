// Challenge 2.13: which PCID a space gets, and what the TLB may keep (Intel SDM vol. 3A, 4.10).
// Invariant: a slot whose generation is its space's has no entry in the TLB that the tables do not have.
#include "mm/x86/my_pcid.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 2.13  When are the entries of a PCID those of this space, and when are they still true?
void PcidCpu::switch_to(const TaggedSpace& space) {
  (void)space;
  (void)unimplemented("2.13 PcidCpu::switch_to");
}

// EXERCISE 2.13  One entry is wrong now. Which slots are as new as the tables after it is gone?
void PcidCpu::changed_page(TaggedSpace& space, Va va) {
  (void)space, (void)va;
  (void)unimplemented("2.13 PcidCpu::changed_page");
}

// EXERCISE 2.13  Who can still use an entry before the next switch?
void PcidCpu::changed_all(TaggedSpace& space) {
  (void)space;
  (void)unimplemented("2.13 PcidCpu::changed_all");
}

}  // namespace strata
