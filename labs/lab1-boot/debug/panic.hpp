// The end of a kernel that cannot go on.
#pragma once

#include <string_view>

#include "cpu/x86/trap_frame.hpp"
#include "debug/backtrace.hpp"
#include "lib/print.hpp"

namespace strata {

// The bounds of the stack that a backtrace starts on; lab 3 fills the slot, because there each thread has its own. None: the boot's.
using StackSource = StackBounds (*)();
extern StackSource stack_in_use;

// Says why on the console and to the grader, shows the way here, and ends the machine. Never returns (inside an attempt it
// abandons that instead); safe at any time after the entry.
[[noreturn]] void panic_arguments(std::string_view format, Span<const PrintArgument> arguments);

[[noreturn]] inline void panic(const char* reason) { panic_arguments(reason, {}); }

template <typename... Arguments>
[[noreturn]] void panic(FormatString<std::type_identity_t<Arguments>...> format,
                        const Arguments&... arguments) requires(sizeof...(Arguments) > 0) {
  const PrintArgument list[] = {PrintArgument(arguments)...};
  panic_arguments(format.text(), list);
}

// The same for a trap that nobody handles: the fault in words, the registers, the way to the faulting instruction.
[[noreturn]] void panic_trap(const TrapFrame& frame, uint64_t cr2);

// Panics with both values, and with the place of the call, unless they are equal.
template <typename T>
void assert_eq(const T& left, const std::type_identity_t<T>& right, const char* file = __builtin_FILE(),
               int line = __builtin_LINE()) {
  if (left != right) panic("{}:{}: {} is not equal to {}", file, line, left, right);
}

}  // namespace strata

// The value of a Result that cannot fail here; panics with its error if it does.
#define MUST(expression)                                                                                    \
  ({                                                                                                        \
    auto must_result = (expression);                                                                        \
    if (!must_result.ok()) ::strata::panic("{}: {}", #expression, ::strata::describe(must_result.error())); \
    must_result.take();                                                                                     \
  })
