// Waiting and waking.
#include "sched/scheduler.hpp"
#include "sched/sleep_queue.hpp"
#include "time/clock.hpp"

namespace strata {

namespace {

constinit SleepQueue sleepers;

// Interrupted: the thread is to end. That may have come over it on its way here, while it waited for the kernel's lock; nobody would
// take it out of the queue again.
Result<> begin_wait(Thread& thread, WaitQueue* queue) {
  if (thread.stop) return Error::Interrupted;
  thread.state = ThreadState::Blocked;
  thread.interrupted = false;
  thread.waiting_for = queue;
  if (queue) queue->add(thread);
  return {};
}

// Out of every queue, and ready.
void end_wait(Thread& thread) {
  if (thread.waiting_for) thread.waiting_for->cancel(thread);
  thread.waiting_for = nullptr;
  if (thread.sleep_link.linked()) sleepers.remove(thread);
  make_ready(thread);
}

// Who has slept has let others run for longer than a quantum's rest: it is not put behind all of them because its quantum ran out in
// the tick in which it fell asleep.
void wake_sleepers(uint64_t now) {
  while (Thread* thread = sleepers.take_due(now)) {
    bool timed_out = thread->waiting_for != nullptr;
    if (thread->ticks_left == 0) thread->ticks_left = RunQueue::quantum;
    wake(*thread, timed_out ? register_value(Error::Timeout) : 0);
  }
}

}  // namespace

Result<uint64_t> tail_wait(WaitQueue& queue) {
  TRY(begin_wait(current_thread(), &queue));
  this_cpu().attention = true;
  return 0;
}

Result<uint64_t> tail_wait_until(WaitQueue* queue, uint64_t tick) {
  Thread& thread = current_thread();
  TRY(begin_wait(thread, queue));
  thread.wake_tick = tick;
  sleepers.add(thread);
  this_cpu().attention = true;
  return 0;
}

Result<> stack_wait(WaitQueue& queue) {
  Thread& thread = current_thread();
  TRY(begin_wait(thread, &queue));
  schedule();
  return thread.interrupted ? Error::Interrupted : Result<>();
}

void wake(Thread& thread, uint64_t result) {
  if (thread.process) thread.frame().rax = result;
  end_wait(thread);
}

void wake_to_retry(Thread& thread) {
  if (thread.process) restart_call(thread.frame());
  end_wait(thread);
}

void interrupt(Thread& thread) {
  if (thread.state != ThreadState::Blocked) return;
  thread.interrupted = true;
  wake(thread, register_value(Error::Interrupted));
}

// Both `syscall` and `int 0x80` have two bytes. rcx keeps what sysretq takes, so the frame can still leave that way.
void restart_call(TrapFrame& frame) {
  frame.rax = frame.error;
  frame.rip -= 2;
  if (frame.vector == SYSCALL_VECTOR) frame.rcx = frame.rip;
}

Result<uint64_t> call_again() {
  TrapFrame& frame = current_thread().frame();
  restart_call(frame);
  this_cpu().attention = true;
  return frame.rax;
}

void take_tick() {
  Cpu& cpu = this_cpu();
  cpu.ticked = false;
  if (cpu.number == 0) wake_sleepers(clock().ticks());
  if (cpu.current != cpu.idle_thread && cpu.queue.tick(*cpu.current)) cpu.preempt = true;
}

}  // namespace strata
