// Exercise 3.4: from the number of a call to its handler.
// Invariant: every call is counted exactly once, and no number leads outside of the table.
#include "syscall/dispatch.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 3.4  The number is ring 3's: any 64 bits. Is a table with a hole in it more dangerous than one that ends?
void dispatch(SyscallTable& table, TrapFrame& frame) {
  //@ solution
  uint64_t number = frame.rax;
  if (number >= SyscallTable::size || !table.handlers[number]) {
    ++table.invalid;
    frame.rax = register_value(Error::InvalidSyscall);
    return;
  }
  ++table.counts[number];
  frame.rax = table.handlers[number](frame);
  //@ skeleton
  // (void)table;
  // frame.rax = register_value(unimplemented("3.4 dispatch"));
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
