// Exercise 3.8: queues of things that can run, with nothing running.
#include "sched/run_queue.hpp"

#include <new>

#include "report/tests.hpp"

namespace strata {

namespace {

constexpr uint64_t count = 24;

// Some of all priorities, many of few, so that equals meet.
void draw_priorities(Random& random, Runnable (&all)[count]) {
  for (Runnable& it : all) {
    uint64_t some[] = {0, 7, 31, 32, 63, random.below(RunQueue::priorities)};
    it.priority = static_cast<uint8_t>(some[random.below(6)]);
  }
}

uint64_t number_of(const Runnable* it, const Runnable (&all)[count]) {
  return it ? static_cast<uint64_t>(it - all) : 99;
}

// Which one is taken, and how many are left.
void take_all(TestRun& run, RunQueue& queue, const Runnable (&all)[count], uint64_t i) {
  for (uint64_t n = 0; n <= count; ++n) {
    Runnable* taken = queue.take();
    run.seen("taken", i, number_of(taken, all));
    run.seen("size", i, queue.size());
    if (!taken) break;
  }
  run.seen("empty", i, queue.empty());
}

// On the stack it would be too large.
constinit RunQueue the_queue;

RunQueue& begin_anew() {
  the_queue.~RunQueue();
  return *new (&the_queue) RunQueue;
}

// Added and taken in turns, and then taken until nothing is left.
void queue_order(TestRun& run) {
  RunQueue& queue = begin_anew();
  Runnable all[count];
  draw_priorities(run.random(), all);
  run.seen("nobody", 0, number_of(queue.take(), all));
  for (uint64_t i = 0; i < 80; ++i) {
    Runnable& it = all[run.random().below(count)];
    if (!it.queue_link.linked()) {
      queue.add(it);
    } else if (run.random().below(2) == 0) {
      run.seen("taken", i, number_of(queue.take(), all));
    }
  }
  run.seen("size", 80, queue.size());
  take_all(run, queue, all, 80);
}

void queue_remove(TestRun& run) {
  RunQueue& queue = begin_anew();
  Runnable all[count];
  draw_priorities(run.random(), all);
  for (uint64_t i = 0; i < 3; ++i) {
    for (Runnable& it : all) {
      if (!it.queue_link.linked()) queue.add(it);
    }
    uint64_t removals = i == 2 ? count : run.random().below(count);
    for (uint64_t n = 0; n < removals; ++n) {
      Runnable& it = all[i == 2 ? n : run.random().below(count)];
      if (it.queue_link.linked()) queue.remove(it);
      run.seen("size", i, queue.size());
    }
    take_all(run, queue, all, i);
  }
}

// Who comes first, and with what is left of the quantum.
void queue_first(TestRun& run) {
  RunQueue& queue = begin_anew();
  Runnable all[count];
  draw_priorities(run.random(), all);
  for (Runnable& it : all) {
    it.ticks_left = static_cast<uint8_t>(run.random().below(RunQueue::quantum + 1));
    if (run.random().below(2) == 0) {
      queue.add(it);
    } else {
      queue.add_first(it);
    }
  }
  for (uint64_t i = 0; i < count; ++i) run.seen("ticks_left", i, all[i].ticks_left);
  take_all(run, queue, all, 0);
}

void queue_preempt(TestRun& run) {
  for (uint64_t i = 0; i < 12; ++i) {
    RunQueue& queue = begin_anew();
    Runnable all[count], running;
    draw_priorities(run.random(), all);
    uint64_t added = run.random().below(4);
    for (uint64_t n = 0; n < added; ++n) queue.add(all[n]);
    running.priority = all[run.random().below(4)].priority;
    running.ticks_left = 1;
    run.seen("preempt", i, queue.must_preempt(running));
    run.seen("size", i, queue.size());
    run.seen("ticks_left", i, running.ticks_left);
  }
}

// The same thing runs, tick after tick, while others come and go.
void queue_tick(TestRun& run) {
  RunQueue& queue = begin_anew();
  Runnable all[count], running;
  draw_priorities(run.random(), all);
  running.priority = 32;
  running.ticks_left = static_cast<uint8_t>(run.random().below(RunQueue::quantum + 1));
  for (uint64_t i = 0; i < 120; ++i) {
    if (run.random().below(3) == 0) {
      Runnable& it = all[run.random().below(count)];
      constexpr uint8_t some[] = {31, 31, 32, 32, 32, 33};  // running's own mostly
      uint8_t priority = some[run.random().below(6)];
      if (!it.queue_link.linked()) {
        it.priority = priority;
        queue.add(it);
      }
    }
    if (run.random().below(3) == 0) (void)queue.take();
    run.seen("way", i, queue.tick(running));
    run.seen("ticks_left", i, running.ticks_left);
    run.seen("size", i, queue.size());
    if (run.random().below(6) == 0) running.ticks_left = RunQueue::quantum;
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.queue_order", queue_order},     {"lab3.queue_remove", queue_remove}, {"lab3.queue_first", queue_first},
    {"lab3.queue_preempt", queue_preempt}, {"lab3.queue_tick", queue_tick},
};

}  // namespace
}  // namespace strata
