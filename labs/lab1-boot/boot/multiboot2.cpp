// Exercise 1.3: reading the boot information.
// Invariant: nothing is read before it is known to lie inside the block and inside its tag.
#include "boot/multiboot2.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.3  Walk the tags from the one behind the header to the end tag. Before you read a field, know that it lies
// inside: first the block's own size, then each tag's, then each entry's and each string's.   (Multiboot2, 3.6)
Result<> parse_boot_info(Span<const uint8_t> block, BootInfo& info) {
  (void)block, (void)info;
  return unimplemented("1.3 parse_boot_info");
}

}  // namespace strata
