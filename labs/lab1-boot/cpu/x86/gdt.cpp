// Exercise 1.5: segment descriptors and the task state segment.
// Invariant: entries stand where the selectors in gdt.hpp point.
#include "cpu/x86/gdt.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.5  Put the fields where the manual's picture has them; the limit's upper four bits stand apart from the rest.
//                                                                        (SDM vol. 3A, figure 3-8 and 3.4.5.1)
Result<uint64_t> segment_descriptor(SegmentKind kind, unsigned ring) {
  (void)kind, (void)ring;
  return unimplemented("1.5 segment_descriptor");
}

// EXERCISE 1.5  The base is cut into three pieces in the low word; its upper half is the high word.   (SDM vol. 3A, 7.2.3)
Result<TssDescriptor> tss_descriptor(Va tss) {
  (void)tss;
  return unimplemented("1.5 tss_descriptor");
}

// EXERCISE 1.5  IST 1 is ist[0]. A selector divided by 8 is the number of its entry.
Result<> fill_gdt(Gdt& gdt, Tss& tss, Va tss_address, Span<const Va> ist_tops) {
  (void)gdt, (void)tss, (void)tss_address, (void)ist_tops;
  return unimplemented("1.5 fill_gdt");
}

}  // namespace strata
