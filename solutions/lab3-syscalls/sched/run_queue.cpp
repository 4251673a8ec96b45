// Exercise 3.8: who runs next.
// Invariant: of two that are ready the one of higher priority runs; of equal ones, in turn.
#include "sched/run_queue.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

//@ solution
namespace {

constexpr uint64_t bit(unsigned priority) { return uint64_t{1} << priority; }

// Of a bitmap that is not empty.
unsigned highest(uint64_t ready) { return 63 - static_cast<unsigned>(__builtin_clzll(ready)); }

}  // namespace

//@ end
// EXERCISE 3.8  Two things must agree after every change: the list and its bit.
void RunQueue::add(Runnable& it) {
  //@ solution
  it.ticks_left = quantum;
  lists_[it.priority].push_back(it);
  ready_ |= bit(it.priority);
  ++size_;
  //@ skeleton
  // (void)it;
  // (void)unimplemented("3.8 RunQueue::add");
  //@ end
}

void RunQueue::add_first(Runnable& it) {
  //@ solution
  lists_[it.priority].push_front(it);
  ready_ |= bit(it.priority);
  ++size_;
  //@ skeleton
  // (void)it;
  // (void)unimplemented("3.8 RunQueue::add_first");
  //@ end
}

Runnable* RunQueue::take() {
  //@ solution
  if (ready_ == 0) return nullptr;
  unsigned priority = highest(ready_);
  Ready& list = lists_[priority];
  Runnable* first = list.pop_front();
  if (list.empty()) ready_ &= ~bit(priority);
  --size_;
  return first;
  //@ skeleton
  // (void)unimplemented("3.8 RunQueue::take");
  // return nullptr;
  //@ end
}

void RunQueue::remove(Runnable& it) {
  //@ solution
  Ready& list = lists_[it.priority];
  list.remove(it);
  if (list.empty()) ready_ &= ~bit(it.priority);
  --size_;
  //@ skeleton
  // (void)it;
  // (void)unimplemented("3.8 RunQueue::remove");
  //@ end
}

// EXERCISE 3.8  Pure: nothing is moved here.
bool RunQueue::must_preempt(const Runnable& running) const {
  //@ solution
  return ready_ != 0 && highest(ready_) > running.priority;
  //@ skeleton
  // (void)running;
  // (void)unimplemented("3.8 RunQueue::must_preempt");
  // return false;
  //@ end
}

bool RunQueue::tick(Runnable& running) {
  //@ solution
  if (running.ticks_left > 0) --running.ticks_left;
  if (must_preempt(running)) return true;
  if (running.ticks_left > 0) return false;
  if (ready_ != 0 && highest(ready_) == running.priority) return true;
  running.ticks_left = quantum;
  return false;
  //@ skeleton
  // (void)running;
  // (void)unimplemented("3.8 RunQueue::tick");
  // return false;
  //@ end
}

}  // namespace strata
