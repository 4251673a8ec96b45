// Exercise 3.8: who runs next.
// Invariant: of two that are ready the one of higher priority runs; of equal ones, in turn.
#include "sched/run_queue.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 3.8  Two things must agree after every change: the list and its bit.
void RunQueue::add(Runnable& it) {
  (void)it;
  (void)unimplemented("3.8 RunQueue::add");
}

void RunQueue::add_first(Runnable& it) {
  (void)it;
  (void)unimplemented("3.8 RunQueue::add_first");
}

Runnable* RunQueue::take() {
  (void)unimplemented("3.8 RunQueue::take");
  return nullptr;
}

void RunQueue::remove(Runnable& it) {
  (void)it;
  (void)unimplemented("3.8 RunQueue::remove");
}

// EXERCISE 3.8  Pure: nothing is moved here.
bool RunQueue::must_preempt(const Runnable& running) const {
  (void)running;
  (void)unimplemented("3.8 RunQueue::must_preempt");
  return false;
}

bool RunQueue::tick(Runnable& running) {
  (void)running;
  (void)unimplemented("3.8 RunQueue::tick");
  return false;
}

}  // namespace strata
