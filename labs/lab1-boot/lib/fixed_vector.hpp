// FixedVector<T, N>: at most N elements, stored inline; for what exists before there is a heap.
#pragma once

#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

template <typename T, size_t N>
class FixedVector {
 public:
  // TableFull when N elements are there already.
  constexpr Result<> push(const T& element) {
    if (size_ == N) return Error::TableFull;
    elements_[size_++] = element;
    return {};
  }
  constexpr void clear() { size_ = 0; }

  constexpr size_t size() const { return size_; }
  constexpr const T& operator[](size_t index) const { return span()[index]; }
  constexpr Span<const T> span() const { return {elements_, size_}; }
  constexpr const T* begin() const { return elements_; }
  constexpr const T* end() const { return elements_ + size_; }

 private:
  T elements_[N]{};
  size_t size_ = 0;
};

}  // namespace strata
