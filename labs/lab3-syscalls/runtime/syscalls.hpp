// The system calls as functions, one for each line of abi/calls.def: sys::getpid(), sys::write(handle, text, size).
#pragma once

#include <type_traits>

#include "abi/abi.hpp"
#include "lib/result.hpp"
#include "runtime/x86/instructions.hpp"

namespace strata {

template <typename T>
using UserPtr = T*;

template <typename T>
uint64_t register_of(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<uint64_t>(value);
  } else {
    return static_cast<uint64_t>(value);
  }
}

// What rax says.
inline Result<uint64_t> result_of(uint64_t rax) {
  constexpr int64_t lowest_error = -4095;
  auto number = static_cast<int64_t>(rax);
  if (number < 0 && number >= lowest_error) return static_cast<Error>(number);
  return rax;
}

template <Sys call, typename... Arguments>
Result<uint64_t> system_call(Arguments... arguments) {
  return result_of(raw_call(static_cast<uint64_t>(call), register_of(arguments)...));
}

namespace sys {

#define CALL(number, name, parameters, arguments) \
  inline Result<uint64_t> name parameters { return system_call<Sys::name> arguments; }
#define RESERVED(number, name)
#include "abi/calls.def"
#undef CALL
#undef RESERVED

}  // namespace sys
}  // namespace strata
