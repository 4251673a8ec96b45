// Exercise 3.4: from the number of a call to its handler.
// Invariant: every call is counted exactly once, and no number leads outside of the table.
#include "syscall/dispatch.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 3.4  The number is ring 3's: any 64 bits. Is a table with a hole in it more dangerous than one that ends?
SyscallHandler find_handler(SyscallTable& table, uint64_t number) {
  //@ solution
  if (number >= SyscallTable::size || !table.handlers[number]) {
    ++table.invalid;
    return invalid_call;
  }
  ++table.counts[number];
  return table.handlers[number];
  //@ skeleton
  // (void)table, (void)number;
  // (void)unimplemented("3.4 find_handler");
  // return unimplemented_call;
  //@ end
}

// EXERCISE 3.4  The most frequent first; of equally frequent ones the lower number. Calls that were never made do not count.
size_t most_used(const SyscallTable& table, Span<CallCount> out) {
  //@ solution
  size_t found = 0;
  for (uint64_t number = 0; number < SyscallTable::size; ++number) {
    CallCount next{number, table.counts[number]};
    if (next.count == 0) continue;
    size_t place = found < out.size() ? found++ : found;
    while (place > 0 && out[place - 1].count < next.count) {
      if (place < out.size()) out[place] = out[place - 1];
      --place;
    }
    if (place < out.size()) out[place] = next;
  }
  return found;
  //@ skeleton
  // (void)table, (void)out;
  // (void)unimplemented("3.4 most_used");
  // return 0;
  //@ end
}

}  // namespace strata
