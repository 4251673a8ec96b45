// The kernel's heap: small objects in slabs of one frame each, larger ones in whole frames. Plain `new` does not exist, because
// it would have to throw: make<T>() says when memory has run out.
#pragma once

#include <new>
#include <utility>

#include "lib/result.hpp"

namespace strata {

namespace heap {

// Memory for `bytes`, aligned to 16. OutOfMemory; InvalidArgument: 0, or more than 4 MiB.
Result<void*> allocate(size_t bytes);

// What allocate(bytes) returned, with the same `bytes`.
void free(void* memory, size_t bytes);

// Bytes that are allocated, rounded up to what they take.
uint64_t used_bytes();

}  // namespace heap

// Owns one object on the heap, or nothing.
template <typename T>
class Owner {
 public:
  constexpr Owner() = default;
  explicit Owner(T* object) : object_(object) {}
  Owner(Owner&& other) noexcept : object_(other.release()) {}
  Owner& operator=(Owner&& other) noexcept {
    if (this != &other) {
      reset();
      object_ = other.release();
    }
    return *this;
  }
  ~Owner() { reset(); }

  explicit operator bool() const { return object_ != nullptr; }
  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }

  // The object is the caller's from now on.
  T* release() { return std::exchange(object_, nullptr); }

  void reset() {
    if (T* object = release()) {
      object->~T();
      heap::free(object, sizeof(T));
    }
  }

 private:
  T* object_ = nullptr;
};

// A new T on the heap. OutOfMemory.
template <typename T, typename... Arguments>
Result<Owner<T>> make(Arguments&&... arguments) {
  static_assert(alignof(T) <= 16);
  void* memory = TRY(heap::allocate(sizeof(T)));
  return Owner<T>(new (memory) T(std::forward<Arguments>(arguments)...));
}

}  // namespace strata
