// Result<T>: a value or an Error, never both. Ours and not std::expected, because that one may be dropped without a
// warning in GCC 12 and is missing in clang 14.
// Invariant: error() is Success exactly when there is a value. T has an empty state (a default constructor).
#pragma once

#include <utility>

#include "lib/error.hpp"

namespace strata {

template <typename T = void>
class [[nodiscard]] Result {
 public:
  constexpr Result(T value) : value_(std::move(value)) {}
  constexpr Result(Error error) : error_(error) {}

  constexpr bool ok() const { return error_ == Error::Success; }
  constexpr Error error() const { return error_; }

  // The value; only when ok().
  constexpr T& value() { return value_; }
  constexpr const T& value() const { return value_; }
  constexpr T take() { return std::move(value_); }
  constexpr T value_or(T other) const { return ok() ? value_ : other; }

 private:
  T value_{};
  Error error_ = Error::Success;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  constexpr Result() = default;
  constexpr Result(Error error) : error_(error) {}

  constexpr bool ok() const { return error_ == Error::Success; }
  constexpr Error error() const { return error_; }
  constexpr void take() const {}

 private:
  Error error_ = Error::Success;
};

}  // namespace strata

// The value of a Result, or return its error from the enclosing function.
#define TRY(expression)                              \
  ({                                                 \
    auto try_result = (expression);                  \
    if (!try_result.ok()) return try_result.error(); \
    try_result.take();                               \
  })
