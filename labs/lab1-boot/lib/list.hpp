// List<T, &T::link>: a doubly linked list through a member of its elements. Nothing is allocated, so adding cannot fail.
// Invariant: an element is on at most one list for each link member, and knows it (link.linked()).
// The list does not own its elements; an element that dies must not be linked.
#pragma once

namespace strata {

template <typename T>
struct ListLink {
  T* next = nullptr;
  T* prev = nullptr;
  const void* list = nullptr;

  bool linked() const { return list != nullptr; }
};

template <typename T, ListLink<T> T::*link>
class List {
 public:
  constexpr List() = default;
  List(const List&) = delete;
  List& operator=(const List&) = delete;

  bool empty() const { return first_ == nullptr; }
  T* front() const { return first_; }
  static T* next(const T& element) { return (element.*link).next; }

  void push_back(T& element) { insert(element, last_, nullptr); }
  void push_front(T& element) { insert(element, nullptr, first_); }

  // nullptr when the list is empty.
  T* pop_front() {
    T* element = first_;
    if (!element) return nullptr;
    first_ = (element->*link).next;
    (first_ ? (first_->*link).prev : last_) = nullptr;
    element->*link = {};
    return element;
  }

  // The element must be on this list.
  void remove(T& element) {
    ListLink<T>& it = element.*link;
    (it.prev ? (it.prev->*link).next : first_) = it.next;
    (it.next ? (it.next->*link).prev : last_) = it.prev;
    it = {};
  }

  bool contains(const T& element) const { return (element.*link).list == this; }

 private:
  void insert(T& element, T* before, T* after) {
    element.*link = {after, before, this};
    (before ? (before->*link).next : first_) = &element;
    (after ? (after->*link).prev : last_) = &element;
  }

  T* first_ = nullptr;
  T* last_ = nullptr;
};

}  // namespace strata
