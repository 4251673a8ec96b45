// Exercise 3.5: copying from and to a process.
// Invariant: no byte outside of user space is ever accessed on ring 3's word, and no byte of it without the process's rights.
#include "user/copy.hpp"

#include "debug/unimplemented.hpp"
#include "mm/address_space.hpp"

namespace strata {

//@ solution
namespace {

bool in_user_space(uint64_t address, uint64_t bytes) {
  uint64_t end = AddressSpace::end_of_space.value;
  return address >= AddressSpace::start_of_space.value && address <= end && bytes <= end - address;
}

// Where the copying stopped, the page is made accessible if it may be; if that changes nothing, there is no way on.
template <typename Copy>
Result<> copy_in_pieces(uint64_t user, uint64_t bytes, bool write, Copy copy) {
  uint64_t done = 0, resolved = ~uint64_t{0};
  for (;;) {
    done = bytes - copy(done, bytes - done);
    if (done == bytes) return {};
    uint64_t page = align_down(user + done, bytes_of(PageSize::Size4K));
    if (page == resolved) return Error::BadAddress;
    auto outcome = user_memory.resolve(user + done, write);
    if (outcome.error() == Error::PermissionDenied) return Error::BadAddress;
    TRY(outcome);
    resolved = page;
  }
}

}  // namespace

//@ end
// EXERCISE 3.5  `from + bytes` may be small again. Where exactly did it stop, and what if resolving helps only for a moment?
Result<> copy_from_user(void* to, uint64_t from, uint64_t bytes) {
  //@ solution
  if (bytes == 0) return {};
  if (!in_user_space(from, bytes)) return Error::BadAddress;
  return copy_in_pieces(from, bytes, false, [&](uint64_t done, uint64_t left) {
    return user_memory.copy(static_cast<char*>(to) + done, reinterpret_cast<const char*>(from) + done, left);
  });
  //@ skeleton
  // (void)to, (void)from, (void)bytes;
  // return unimplemented("3.5 copy_from_user");
  //@ end
}

// EXERCISE 3.5  A page that may only be read is no place to write to, whoever the kernel is.
Result<> copy_to_user(uint64_t to, const void* from, uint64_t bytes) {
  //@ solution
  if (bytes == 0) return {};
  if (!in_user_space(to, bytes)) return Error::BadAddress;
  return copy_in_pieces(to, bytes, true, [&](uint64_t done, uint64_t left) {
    return user_memory.copy(reinterpret_cast<char*>(to) + done, static_cast<const char*>(from) + done, left);
  });
  //@ skeleton
  // (void)to, (void)from, (void)bytes;
  // return unimplemented("3.5 copy_to_user");
  //@ end
}

}  // namespace strata
