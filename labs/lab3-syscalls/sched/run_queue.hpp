// The threads that are ready to run on a CPU: a list for each priority, and a bitmap of the lists that are not empty, so that
// everything takes the same time however many there are.
// Invariant: bit p of ready_ is set exactly when list p is not empty.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/list.hpp"

namespace strata {

// What the queue needs to know of a thread.
struct Runnable {
  ListLink<Runnable> queue_link;
  uint8_t priority = 0;    // 0 .. priorities - 1; higher runs first
  uint8_t ticks_left = 0;  // of its quantum
};

class RunQueue {
 public:
  static constexpr unsigned priorities = 64;
  static constexpr uint8_t quantum = 2;  // ticks that a thread may run while others of its priority wait

  // Exercise 3.8. It becomes the last of its priority, with a whole quantum; it is in no queue before.
  void add(Runnable& it);

  // Exercise 3.8. One that had to make way before its quantum was over: it becomes the first of its priority and keeps what is left.
  void add_first(Runnable& it);

  // Exercise 3.8. Takes out the first one of the highest priority; nullptr: nobody is ready.
  Runnable* take();

  // Exercise 3.8. Takes out this one, which is in the queue.
  void remove(Runnable& it);

  // Exercise 3.8. Somebody of higher priority than `running` is ready.
  bool must_preempt(const Runnable& running) const;

  // Exercise 3.8. A tick of `running`'s quantum has passed. True: it must make way, for a higher priority at once, for its own when
  // nothing is left of the quantum. Otherwise a quantum of which nothing is left begins anew.
  bool tick(Runnable& running);

  bool empty() const { return ready_ == 0; }
  size_t size() const { return size_; }

 private:
  using Ready = List<Runnable, &Runnable::queue_link>;

  Ready lists_[priorities];
  uint64_t ready_ = 0;
  size_t size_ = 0;
};

}  // namespace strata
