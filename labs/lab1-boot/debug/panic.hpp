// The end of a kernel that cannot go on.
#pragma once

#include <string_view>

#include "lib/print.hpp"

namespace strata {

// Says why on the console and to the grader, and ends the machine. Never returns; safe at any time after the entry.
[[noreturn]] void panic_arguments(std::string_view format, Span<const PrintArgument> arguments);

[[noreturn]] inline void panic(const char* reason) { panic_arguments(reason, {}); }

template <typename... Arguments>
[[noreturn]] void panic(FormatString<std::type_identity_t<Arguments>...> format,
                        const Arguments&... arguments) requires(sizeof...(Arguments) > 0) {
  const PrintArgument list[] = {PrintArgument(arguments)...};
  panic_arguments(format.text(), list);
}

}  // namespace strata

// The value of a Result that cannot fail here; panics with its error if it does.
#define MUST(expression)                                                                                    \
  ({                                                                                                        \
    auto must_result = (expression);                                                                        \
    if (!must_result.ok()) ::strata::panic("{}: {}", #expression, ::strata::describe(must_result.error())); \
    must_result.take();                                                                                     \
  })
