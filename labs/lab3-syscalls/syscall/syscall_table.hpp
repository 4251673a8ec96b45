// Puts handlers into the native table. A handler whose signature is not that of abi/calls.def does not compile.
#pragma once

#include <utility>

#include "syscall/dispatch.hpp"
#include "user/user_ptr.hpp"

namespace strata {

extern SyscallTable native_calls;

template <Sys call>
struct SignatureOf;
// NOLINTBEGIN(bugprone-macro-parentheses): the parameters have theirs
#define CALL(number, name, parameters, arguments) \
  template <>                                     \
  struct SignatureOf<Sys::name> {                 \
    using Type = Result<uint64_t> parameters;     \
  };
#define RESERVED(number, name)
#include "abi/calls.def"
#undef CALL
#undef RESERVED
// NOLINTEND(bugprone-macro-parentheses)

// From a register to a parameter: numbers lose the bits that do not fit.
template <typename T>
T argument(uint64_t value) {
  if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(value);
  } else {
    return T(value);
  }
}

template <auto handler, typename... Parameters, size_t... i>
Result<uint64_t> call_handler(const TrapFrame& frame, Result<uint64_t> (*)(Parameters...), std::index_sequence<i...>) {
  [[maybe_unused]] const uint64_t registers[] = {frame.rdi, frame.rsi, frame.rdx, frame.r10, frame.r8, frame.r9};
  return handler(argument<Parameters>(registers[i])...);
}

template <typename... Parameters>
constexpr auto indices_of(Result<uint64_t> (*)(Parameters...)) {
  return std::index_sequence_for<Parameters...>{};
}

template <auto handler>
uint64_t handle_call(TrapFrame& frame) {
  return register_value(call_handler<handler>(frame, handler, indices_of(handler)));
}

template <Sys call, typename SignatureOf<call>::Type* handler>
void install() {
  native_calls.handlers[static_cast<uint64_t>(call)] = handle_call<handler>;
}

// Each group's own file.
void install_process_calls();
void install_memory_calls();
void install_handle_calls();
void install_system_calls();

// All of them; what no lab has brought yet says NotFound.
void install_calls();

}  // namespace strata
