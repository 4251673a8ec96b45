// Exercise 2.3: what the bits of a page-table entry mean.
// Invariant: attributes(page(pa, level, attributes)) are the same attributes (but a device is never executable), and address() the
// same address.
#include "debug/unimplemented.hpp"
#include "mm/page_format.hpp"

namespace strata {

//@ solution
using namespace x86_entry;

namespace {

constexpr uint64_t most_physical = 1ull << 52;

}  // namespace

//@ end
// EXERCISE 2.3  Bit 7 says "this is a page" at levels 2 and 3. At level 1 it means something else.   (SDM vol. 3A, table 4-20)
Result<uint64_t> X86Format::page(Pa pa, unsigned level, PageAttributes attributes) {
  //@ solution
  if (level < 1 || level > largest_page_level) return Error::InvalidArgument;
  if (!is_aligned(pa.value, bytes_at(level)) || pa.value >= most_physical) return Error::InvalidArgument;
  uint64_t entry = pa.value | present;
  if (level > 1) entry |= page_size;
  if (attributes.perms.write) entry |= writable;
  if (attributes.perms.user) entry |= user;
  if (!attributes.perms.execute || attributes.device) entry |= no_execute;
  if (attributes.device) entry |= cache_disable;
  return entry;
  //@ skeleton
  // (void)pa, (void)level, (void)attributes;
  // return unimplemented("2.3 X86Format::page");
  //@ end
}

// EXERCISE 2.3  An access must be allowed at every level.   (SDM vol. 3A, 4.6.1)
Result<uint64_t> X86Format::table(Pa pa) {
  //@ solution
  if (!is_aligned(pa.value, bytes_at(1)) || pa.value >= most_physical) return Error::InvalidArgument;
  return pa.value | present | writable | user;
  //@ skeleton
  // (void)pa;
  // return unimplemented("2.3 X86Format::table");
  //@ end
}

bool X86Format::is_page(uint64_t entry, unsigned level) {
  //@ solution
  return (entry & present) != 0 && (level == 1 || (entry & page_size) != 0);
  //@ skeleton
  // (void)entry, (void)level;
  // return unimplemented("2.3 X86Format::is_page") == Error::Success;
  //@ end
}

// EXERCISE 2.3  In the entry of a large page the lower address bits are not part of the address.
Pa X86Format::address(uint64_t entry, unsigned level) {
  //@ solution
  return {align_down(entry & address_mask, is_page(entry, level) ? bytes_at(level) : bytes_at(1))};
  //@ skeleton
  // (void)entry, (void)level;
  // (void)unimplemented("2.3 X86Format::address");
  // return {};
  //@ end
}

PageAttributes X86Format::attributes(uint64_t entry) {
  //@ solution
  Perms perms{.write = (entry & writable) != 0, .execute = (entry & no_execute) == 0, .user = (entry & user) != 0};
  return {perms, (entry & cache_disable) != 0};
  //@ skeleton
  // (void)entry;
  // (void)unimplemented("2.3 X86Format::attributes");
  // return {};
  //@ end
}

}  // namespace strata
