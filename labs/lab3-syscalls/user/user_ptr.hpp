// Addresses that ring 3 gave us. Nobody dereferences one: they are only copied from and to, by user/copy.
// The type says what may be done: from a UserPtr<const T> nothing can be written.
#pragma once

#include <type_traits>

#include "user/copy.hpp"

namespace strata {

template <typename T>
class UserPtr {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  constexpr UserPtr() = default;
  explicit constexpr UserPtr(uint64_t address) : address_(address) {}

  uint64_t address() const { return address_; }
  explicit operator bool() const { return address_ != 0; }

  // The element at `index`. BadAddress.
  Result<std::remove_const_t<T>> read(uint64_t index = 0) const {
    std::remove_const_t<T> value{};
    TRY(copy_from_user(&value, address_ + index * sizeof(T), sizeof(T)));
    return value;
  }
  Result<> write(const T& value, uint64_t index = 0) const requires(!std::is_const_v<T>) {
    return copy_to_user(address_ + index * sizeof(T), &value, sizeof(T));
  }

  // As many elements as the span has, from `first` on. BadAddress: some may have been copied.
  Result<> read_all(Span<std::remove_const_t<T>> to, uint64_t first = 0) const {
    return copy_from_user(to.data(), address_ + first * sizeof(T), to.size() * sizeof(T));
  }

 private:
  uint64_t address_ = 0;
};

}  // namespace strata
