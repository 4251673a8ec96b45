// The errors of the kernel and of its user programs, expanded from errors.def.
#pragma once

#include <cstdint>
#include <string_view>

namespace strata {

enum class Error : int32_t {
#define ERROR(name, number, posix, text) name = (number),
#include "lib/errors.def"
#undef ERROR
};

// The identifier ("InvalidArgument"), as reports and traces print it; "?" for a number that is no error.
constexpr std::string_view name_of(Error error) {
  switch (error) {
#define ERROR(name, number, posix, text) \
  case Error::name:                      \
    return #name;
#include "lib/errors.def"
#undef ERROR
  }
  return "?";
}

// The same in words ("invalid argument"), for people.
constexpr std::string_view describe(Error error) {
  switch (error) {
#define ERROR(name, number, posix, text) \
  case Error::name:                      \
    return text;
#include "lib/errors.def"
#undef ERROR
  }
  return "unknown error";
}

}  // namespace strata
