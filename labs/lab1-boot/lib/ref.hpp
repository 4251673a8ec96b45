// Ref<T>: shared ownership of an object that counts its references itself (retain() and release() members; release()
// destroys the object with its last reference). A default Ref is empty.
#pragma once

#include <utility>

namespace strata {

template <typename T>
class Ref {
 public:
  constexpr Ref() = default;
  explicit Ref(T& object) : object_(&object) { object.retain(); }
  Ref(const Ref& other) : object_(other.object_) {
    if (object_) object_->retain();
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    // NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch): what is given a TRY that returns is never constructed
    if (object_) object_->release();
  }

  // Takes over a reference that was counted already (a new object starts with one).
  static Ref adopt(T& object) {
    Ref ref;
    ref.object_ = &object;
    return ref;
  }

  explicit operator bool() const { return object_ != nullptr; }
  T* get() const { return object_; }
  T& operator*() const { return *object_; }
  T* operator->() const { return object_; }

 private:
  T* object_ = nullptr;
};

}  // namespace strata
