// Exercise 1.5: segment descriptors and the task state segment.
// Invariant: entries stand where the selectors in gdt.hpp point.
#include "cpu/x86/gdt.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.5  Put the fields where the manual's picture has them; the limit's upper four bits stand apart from the rest.
//                                                                        (SDM vol. 3A, figure 3-8 and 3.4.5.1)
Result<uint64_t> segment_descriptor(SegmentKind kind, unsigned ring) {
  //@ solution
  if (ring != 0 && ring != 3) return Error::InvalidArgument;
  constexpr uint64_t limit = 0xffffull | 0xfull << 48;
  constexpr uint64_t writable_or_readable = 1ull << 41;
  constexpr uint64_t code = 1ull << 43;
  constexpr uint64_t not_a_system_segment = 1ull << 44;
  constexpr uint64_t present = 1ull << 47;
  constexpr uint64_t long_mode = 1ull << 53;
  constexpr uint64_t size_32 = 1ull << 54;
  constexpr uint64_t granularity_4k = 1ull << 55;
  uint64_t common = limit | writable_or_readable | not_a_system_segment | present | granularity_4k |
                    static_cast<uint64_t>(ring) << 45;
  return common | (kind == SegmentKind::Code ? code | long_mode : size_32);
  //@ skeleton
  // (void)kind, (void)ring;
  // return unimplemented("1.5 segment_descriptor");
  //@ end
}

// EXERCISE 1.5  The base is cut into three pieces in the low word; its upper half is the high word.   (SDM vol. 3A, 7.2.3)
Result<TssDescriptor> tss_descriptor(Va tss) {
  //@ solution
  constexpr uint64_t available_tss = 0x9ull << 40;
  constexpr uint64_t present = 1ull << 47;
  uint64_t base = tss.value;
  TssDescriptor descriptor;
  descriptor.low = (sizeof(Tss) - 1) | (base & 0xff'ffff) << 16 | available_tss | present | (base >> 24 & 0xff) << 56;
  descriptor.high = base >> 32;
  return descriptor;
  //@ skeleton
  // (void)tss;
  // return unimplemented("1.5 tss_descriptor");
  //@ end
}

// EXERCISE 1.5  IST 1 is ist[0]. A selector divided by 8 is the number of its entry.
Result<> fill_gdt(Gdt& gdt, Tss& tss, Va tss_address, Span<const Va> ist_tops) {
  //@ solution
  if (ist_tops.size() > sizeof(tss.ist) / sizeof(tss.ist[0])) return Error::InvalidArgument;
  tss = Tss{};
  tss.io_map_base = sizeof(Tss);
  for (size_t i = 0; i < ist_tops.size(); ++i) tss.ist[i] = ist_tops[i].value;

  gdt = Gdt{};
  gdt.entries[selector::kernel_code / 8] = TRY(segment_descriptor(SegmentKind::Code, 0));
  gdt.entries[selector::kernel_data / 8] = TRY(segment_descriptor(SegmentKind::Data, 0));
  gdt.entries[selector::user_data / 8] = TRY(segment_descriptor(SegmentKind::Data, 3));
  gdt.entries[selector::user_code / 8] = TRY(segment_descriptor(SegmentKind::Code, 3));
  TssDescriptor descriptor = TRY(tss_descriptor(tss_address));
  gdt.entries[selector::tss / 8] = descriptor.low;
  gdt.entries[selector::tss / 8 + 1] = descriptor.high;
  return {};
  //@ skeleton
  // (void)gdt, (void)tss, (void)tss_address, (void)ist_tops;
  // return unimplemented("1.5 fill_gdt");
  //@ end
}

}  // namespace strata
