// Exercise 3.8: a long life of two CPUs, each with a queue of its own. The host knows who runs where, and how long still.
#include "report/tests.hpp"
#include "sched/run_queue.hpp"

namespace strata {

namespace {

constexpr uint64_t threads = 40;

class Life {
 public:
  explicit Life(TestRun& run) : run_(run) {}

  // Somebody wakes up, is taken away from where it waits, or lets the next one run; or time passes.
  void step(uint64_t index) {
    Random& random = run_.random();
    uint64_t what = random.below(8), which = random.below(threads), cpu = random.below(2);
    auto priority = static_cast<uint8_t>(random.below(2) ? random.below(RunQueue::priorities) : 30 + random.below(4));
    Runnable& it = all_[which];
    if (what < 3 && !it.queue_link.linked() && &it != running_[0] && &it != running_[1]) {
      it.priority = priority;
      home_[which] = cpu;
      queues_[cpu].add(it);
    } else if (what == 3 && it.queue_link.linked()) {
      queues_[home_[which]].remove(it);
    } else if (what == 4) {
      running_[cpu] = queues_[cpu].take();
    } else if (running_[cpu]) {
      pass_time(cpu, index);
    }
    for (uint64_t i = 0; i < 2; ++i) say(i, index);
  }

 private:
  // As a scheduler does it: who is pushed aside in the middle of a quantum keeps the rest of it.
  void pass_time(uint64_t cpu, uint64_t index) {
    RunQueue& queue = queues_[cpu];
    Runnable& now = *running_[cpu];
    run_.seen("aside", index, queue.must_preempt(now));
    bool way = queue.tick(now);
    run_.seen("way", index, way);
    run_.seen("left", index, now.ticks_left);
    if (!way) return;
    home_[&now - all_] = cpu;
    if (now.ticks_left > 0) {
      queue.add_first(now);
    } else {
      queue.add(now);
    }
    running_[cpu] = queue.take();
  }

  void say(uint64_t cpu, uint64_t index) {
    const Runnable* now = running_[cpu];
    run_.seen("running", index, now ? static_cast<uint64_t>(now - all_) : threads);
    run_.seen("ticks_left", index, now ? now->ticks_left : 0);
    run_.seen("size", index, queues_[cpu].size());
    run_.seen("empty", index, queues_[cpu].empty());
  }

  TestRun& run_;
  RunQueue queues_[2];
  Runnable* running_[2] = {};
  Runnable all_[threads];
  uint64_t home_[threads] = {};  // the queue that it is in, or was in last
};

void queue_model(TestRun& run) {
  Life life(run);
  for (uint64_t i = 0; i < 400; ++i) life.step(i);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {{"lab3.queue_model", queue_model}};

}  // namespace
}  // namespace strata
