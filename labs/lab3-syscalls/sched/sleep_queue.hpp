// Threads that wait for a time, measured in ticks of the clock: a wheel of lists, one a tick, that turns with it. Adding and
// removing take the same time however many sleep.
#pragma once

#include "sched/thread.hpp"

namespace strata {

class SleepQueue {
 public:
  // Until `thread.wake_tick`, which lies ahead.
  void add(Thread& thread) { lists_[thread.wake_tick % size].push_back(thread); }
  void remove(Thread& thread) { lists_[thread.wake_tick % size].remove(thread); }

  // One whose time has come, taken out; nullptr: no more of them. `now` never goes back.
  Thread* take_due(uint64_t now);

 private:
  static constexpr size_t size = 256;
  using Sleepers = List<Thread, &Thread::sleep_link>;

  Sleepers lists_[size];
  uint64_t looked_ = 0;  // every thread with an earlier tick is gone
};

}  // namespace strata
