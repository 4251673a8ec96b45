// Who runs, and who waits. All of it with the kernel's lock.
//
// A thread comes to wait in one of two ways. Tail wait: the handler marks it as waiting and returns; the exit path gives the CPU
// away, nothing stays on its stack, and who wakes it writes the result into its frame. Stack wait: it gives the CPU away in the
// middle of the kernel and goes on there; Interrupted asks it to unwind.
#pragma once

#include "sched/thread.hpp"
#include "smp/cpu.hpp"

namespace strata {

// Threads that wait for the same thing, in the order in which they came.
class WaitQueue final : public Waitable {
 public:
  constexpr WaitQueue() = default;

  void add(Thread& thread) { waiting_.push_back(thread); }
  void cancel(Thread& thread) override { waiting_.remove(thread); }
  Thread* first() const { return waiting_.front(); }
  static Thread* next(const Thread& thread) { return Waiting::next(thread); }
  bool empty() const { return waiting_.empty(); }

 private:
  using Waiting = List<Thread, &Thread::wait_link>;
  Waiting waiting_;
};

// Makes the boot's context a thread, and an idle thread for this CPU; from here on the kernel's lock is held. Prints
// [SCHEDULER]. Fails with what exercises 3.7 and 3.8 say.
Result<> start_scheduler();

// What start_scheduler() has returned; NotSupported before it was called.
Result<> need_scheduler();

// The thread that a CPU runs when nobody else is ready. OutOfMemory.
Result<> make_idle_thread(Cpu& cpu);
[[noreturn]] void idle();

// A new thread, or one whose wait is over, may run, on the CPU that has least to do; there at once if its priority is higher than the
// running one's. The kernel's own threads stay where they are.
void make_ready(Thread& thread);

// --- Tail waits: the call's result is what they return, until somebody wakes the thread.
Result<uint64_t> tail_wait(WaitQueue& queue);
Result<uint64_t> tail_wait_until(WaitQueue* queue, uint64_t tick);  // Timeout then; without a queue, Success

// --- Stack waits. Interrupted.
Result<> stack_wait(WaitQueue& queue);

// Ends a wait: with a result for ring 3; or so that the call is made once more.
void wake(Thread& thread, uint64_t result);
void wake_to_retry(Thread& thread);
void interrupt(Thread& thread);

// The call that `frame` is in shall be made once more, with all registers as they were.
void restart_call(TrapFrame& frame);

// A preemption point: a call that has done a part of its work returns this, goes on when it is made once more, and in between everybody
// else has a chance. What it has done so far must be in the objects.
Result<uint64_t> call_again();

// The running thread makes way for all that are ready and of its priority; goes on here.
void give_way();

// The same as a preemption point in the middle of the kernel, for a thread that is about to end: interrupts come in, too.
void let_others_run();

// Gives the CPU to the next thread. The running one has been queued, waits, or is finished; else it is the idle thread.
void schedule();

// At the exit path: gives the CPU away if the running thread waits or must make way, and then does not return.
void leave_cpu();

// Ends the running thread, at the exit path. Its memory is freed when nobody stands on its stack any more.
[[noreturn]] void finish_thread();

// The timer has interrupted this CPU, and now there is time for it.
void take_tick();

}  // namespace strata
