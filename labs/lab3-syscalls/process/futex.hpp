// Waiting for a word of user memory to change. The word is known by the memory that it is in, not by its address: so processes that
// share memory wait for the same word, and a copy after fork is another one.
#pragma once

#include "process/process.hpp"

namespace strata {

struct Futex {
  WaitQueue* queue = nullptr;  // shared with other words
  uint64_t key = 0;            // Thread::wait_key of those that wait for this one

  // InvalidArgument: not aligned to 4. BadAddress: in no region.
  static Result<Futex> at(const Process& process, UserPtr<const uint32_t> word);

  // Ends the wait of up to `count` threads, in the order in which they came; returns how many there were.
  uint64_t wake(uint64_t count) const;
};

}  // namespace strata
