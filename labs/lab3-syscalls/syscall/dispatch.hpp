// The table of system calls: which handler a number has, and how often it was called. Each thread has a pointer to its table.
#pragma once

#include "abi/abi.hpp"
#include "cpu/x86/trap_frame.hpp"
#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

// Gets its arguments from the frame; what it returns goes to rax. It may change the frame.
using SyscallHandler = uint64_t (*)(TrapFrame&);

struct SyscallTable {
  static constexpr uint64_t size = most_calls;
  SyscallHandler handlers[size] = {};
  uint64_t counts[size] = {};
  uint64_t invalid = 0;  // calls of a number that has no handler
};

// What rax says: the value, or the error's negative number.
constexpr uint64_t register_value(Error error) { return static_cast<uint64_t>(static_cast<int64_t>(error)); }
constexpr uint64_t register_value(Result<uint64_t> result) {
  return result.ok() ? result.value() : register_value(result.error());
}

// Exercise 3.4. The handler of a call, which is counted. A number that the table has no handler for: invalid_call, counted as such.
SyscallHandler find_handler(SyscallTable& table, uint64_t number);

// InvalidSyscall; Unimplemented, for the skeleton.
uint64_t invalid_call(TrapFrame&);
uint64_t unimplemented_call(TrapFrame&);

// Carries out the call that rax names and puts the result there.
inline void dispatch(SyscallTable& table, TrapFrame& frame) { frame.rax = find_handler(table, frame.rax)(frame); }

struct CallCount {
  uint64_t number = 0;
  uint64_t count = 0;
};

// Exercise 3.4. The most used calls, in descending order, to the start of `out`; returns how many there are.
size_t most_used(const SyscallTable& table, Span<CallCount> out);

}  // namespace strata
