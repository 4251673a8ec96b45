// Objects: what handles name. Reference-counted, with a type tag in place of RTTI.
// Invariant: an object ends once. destroy() cuts it off from everything and wakes who waits for it with ObjectGone; what
// remains until the last reference goes is a husk whose methods fail.
#pragma once

#include "abi/abi.hpp"
#include "lib/ref.hpp"
#include "lib/result.hpp"
#include "mm/heap.hpp"
#include "user/user_ptr.hpp"

namespace strata {

struct Slot;

class Object {
 public:
  explicit Object(ObjectType type) : type_(type) {}
  Object(const Object&) = delete;
  Object& operator=(const Object&) = delete;

  ObjectType type() const { return type_; }

  void retain() { ++references_; }
  void release() {
    if (--references_ == 0) free_memory();
  }
  uint32_t references() const { return references_; }

  void destroy() {
    if (gone_) return;
    gone_ = true;
    end();
  }
  bool gone() const { return gone_; }

  // For the calls of the same names. NotSupported, unless the type of object says more.
  virtual Result<uint64_t> read(UserPtr<char> to, uint64_t size);
  virtual Result<uint64_t> write(UserPtr<const char> from, uint64_t size);

  // A slot that named this object is about to be cleared.
  virtual void slot_cleared(Slot& slot);

 protected:
  ~Object() = default;
  virtual void end() {}

 private:
  virtual void free_memory() = 0;

  ObjectType type_;
  bool gone_ = false;
  uint32_t references_ = 1;
};

// What an object class T of type `tag` derives from.
template <typename T, ObjectType tag>
class ObjectOf : public Object {
 public:
  static constexpr ObjectType type_tag = tag;
  ObjectOf() : Object(tag) {}

 protected:
  ~ObjectOf() = default;

 private:
  void free_memory() override { Owner<T>(static_cast<T*>(this)).reset(); }
};

// A new object with one reference. OutOfMemory.
template <typename T, typename... Arguments>
Result<Ref<T>> make_object(Arguments&&... arguments) {
  return Ref<T>::adopt(*TRY(make<T>(std::forward<Arguments>(arguments)...)).release());
}

}  // namespace strata
