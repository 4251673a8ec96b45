// Span<T>: a pointer and a count that belong together; does not own. Indexing out of range panics.
#pragma once

#include <cstddef>
#include <type_traits>

namespace strata {

[[noreturn]] void span_out_of_range(size_t index, size_t size);

template <typename T>
class Span {
 public:
  constexpr Span() = default;
  constexpr Span(T* data, size_t size) : data_(data), size_(size) {}
  template <size_t N>
  constexpr Span(T (&array)[N]) : data_(array), size_(N) {}
  template <typename U>
  requires std::is_same_v<const U, T>
  constexpr Span(Span<U> other) : data_(other.data()), size_(other.size()) {}

  constexpr T* data() const { return data_; }
  constexpr size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size_; }

  constexpr T& operator[](size_t index) const {
    if (index >= size_) span_out_of_range(index, size_);
    return data_[index];
  }

  // `count` elements from `offset` on; panics unless they all lie inside.
  constexpr Span subspan(size_t offset, size_t count) const {
    if (offset > size_ || count > size_ - offset) span_out_of_range(offset + count, size_);
    return {data_ + offset, count};
  }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace strata
