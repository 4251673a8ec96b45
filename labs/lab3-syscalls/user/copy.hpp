// The one way between the kernel's memory and that of the process that runs. What ring 3 says about its memory is a claim: each
// access may fault, and then the fix-up table (user/x86/user_copy.S) ends it instead of the kernel.
#pragma once

#include <cstdint>

#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

// Exercise 3.5. Copies `bytes` from or to the current process. BadAddress: the range wraps, leaves user space
// (AddressSpace::start_of_space to end_of_space), or a part of it may not be accessed so; what came before that part may have been
// copied. OutOfMemory: no frame for a page. Zero bytes can be copied from and to everywhere.
Result<> copy_from_user(void* to, uint64_t from, uint64_t bytes);
Result<> copy_to_user(uint64_t to, const void* from, uint64_t bytes);

// What the copy routine is made of. Given, and slots so that tests can simulate a process's memory.
struct UserMemory {
  // Copies until it is done or a page is missing; returns how many bytes are left. One of the two addresses is the user's.
  uint64_t (*copy)(void* to, const void* from, uint64_t bytes);

  // Makes the access at an address possible if the current process may do it. BadAddress, PermissionDenied, OutOfMemory.
  Result<> (*resolve)(uint64_t address, bool write);
};
extern UserMemory user_memory;

}  // namespace strata
