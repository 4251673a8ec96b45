// Exercise 3.5: copying from and to a process.
// Invariant: no byte outside of user space is ever accessed on ring 3's word, and no byte of it without the process's rights.
#include "user/copy.hpp"

#include "debug/unimplemented.hpp"
#include "mm/address_space.hpp"

namespace strata {

// EXERCISE 3.5  `from + bytes` may be small again. Where exactly did it stop, and what if resolving helps only for a moment?
Result<> copy_from_user(void* to, uint64_t from, uint64_t bytes) {
  (void)to, (void)from, (void)bytes;
  return unimplemented("3.5 copy_from_user");
}

// EXERCISE 3.5  A page that may only be read is no place to write to, whoever the kernel is.
Result<> copy_to_user(uint64_t to, const void* from, uint64_t bytes) {
  (void)to, (void)from, (void)bytes;
  return unimplemented("3.5 copy_to_user");
}

}  // namespace strata
