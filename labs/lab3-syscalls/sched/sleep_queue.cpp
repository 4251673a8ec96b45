#include "sched/sleep_queue.hpp"

namespace strata {

Thread* SleepQueue::take_due(uint64_t now) {
  if (looked_ + size < now) looked_ = now - size;
  for (; looked_ <= now; ++looked_) {
    Sleepers& list = lists_[looked_ % size];
    for (Thread* thread = list.front(); thread; thread = Sleepers::next(*thread)) {
      if (thread->wake_tick > now) continue;
      list.remove(*thread);
      return thread;
    }
  }
  return nullptr;
}

}  // namespace strata
