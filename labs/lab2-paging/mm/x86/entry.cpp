// Exercise 2.3: what the bits of a page-table entry mean.
// Invariant: attributes(page(pa, level, attributes)) are the same attributes (but a device is never executable), and address() the
// same address.
#include "debug/unimplemented.hpp"
#include "mm/page_format.hpp"

namespace strata {

// EXERCISE 2.3  Bit 7 says "this is a page" at levels 2 and 3. At level 1 it means something else.   (SDM vol. 3A, table 4-20)
Result<uint64_t> X86Format::page(Pa pa, unsigned level, PageAttributes attributes) {
  (void)pa, (void)level, (void)attributes;
  return unimplemented("2.3 X86Format::page");
}

// EXERCISE 2.3  An access must be allowed at every level.   (SDM vol. 3A, 4.6.1)
Result<uint64_t> X86Format::table(Pa pa) {
  (void)pa;
  return unimplemented("2.3 X86Format::table");
}

bool X86Format::is_page(uint64_t entry, unsigned level) {
  (void)entry, (void)level;
  return unimplemented("2.3 X86Format::is_page") == Error::Success;
}

// EXERCISE 2.3  In the entry of a large page the lower address bits are not part of the address.
Pa X86Format::address(uint64_t entry, unsigned level) {
  (void)entry, (void)level;
  (void)unimplemented("2.3 X86Format::address");
  return {};
}

PageAttributes X86Format::attributes(uint64_t entry) {
  (void)entry;
  (void)unimplemented("2.3 X86Format::attributes");
  return {};
}

}  // namespace strata
