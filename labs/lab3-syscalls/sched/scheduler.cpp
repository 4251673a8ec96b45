#include "sched/scheduler.hpp"

#include "console/console.hpp"
#include "cpu/x86/control.hpp"
#include "debug/panic.hpp"
#include "debug/unimplemented.hpp"
#include "process/process.hpp"
#include "sched/context.hpp"
#include "sched/x86/cpu_state.hpp"
#include "smp/kernel_lock.hpp"
#include "smp/shootdown.hpp"
#include "time/clock.hpp"

namespace strata {

namespace {

constinit Error outcome = Error::NotSupported;

// Into the queue: to the end with a new quantum when nothing is left of the old one; else it was pushed aside or has waited, and comes
// first. So who mostly waits is soon served, however many compute; and two that wake each other use their quanta up like everybody.
void enqueue(Cpu& cpu, Thread& thread) {
  thread.state = ThreadState::Ready;
  thread.cpu = &cpu;
  if (thread.ticks_left == 0) {
    cpu.queue.add(thread);
  } else {
    cpu.queue.add_first(thread);
  }
}

// A thread that waits for another CPU, which is busy; the kernel's own threads stay there.
[[gnu::noinline, gnu::cold]] Thread* take_from_others(Cpu& cpu) {
  for (size_t i = 0; i < cpu_count; ++i) {
    if (&cpus[i] == &cpu || cpus[i].queue.empty()) continue;
    auto* thread = static_cast<Thread*>(cpus[i].queue.take());
    if (thread->process) {
      thread->cpu = &cpu;
      return thread;
    }
    cpus[i].queue.add_first(*thread);
  }
  return nullptr;
}

Thread& take_next(Cpu& cpu) {
  auto* next = static_cast<Thread*>(cpu.queue.take());
  if (!next && cpu_count > 1) next = take_from_others(cpu);
  return next ? *next : *cpu.idle_thread;
}

size_t load_of(const Cpu& cpu) { return cpu.queue.size() + (cpu.current != cpu.idle_thread); }

Cpu& least_loaded(Thread& thread) {
  if (!thread.process && thread.cpu) return *thread.cpu;
  Cpu* best = thread.cpu ? thread.cpu : &this_cpu();
  for (size_t i = 0; i < cpu_count; ++i) {
    if (load_of(cpus[i]) < load_of(*best)) best = &cpus[i];
  }
  return *best;
}

// Frees what has finished on this CPU. The caller stands on another stack.
void free_finished() {
  Cpu& cpu = this_cpu();
  Thread* thread = cpu.finished;
  if (!thread) return;
  cpu.finished = nullptr;
  thread->release();
}

// Everything of the next thread but its stack.
inline void load(Cpu& cpu, Thread& next) {
  cpu.current = &next;
  cpu.preempt = false;
  cpu.attention |= next.stop;
  next.state = ThreadState::Running;
  load_user_state(cpu, next);
}

inline void run_next(Cpu& cpu, Thread& before) {
  Thread& next = take_next(cpu);
  if (&next == &before) {
    before.state = ThreadState::Running;
    return;
  }
  save_user_state(before);
  load(cpu, next);
  switch_context(&before.sp, next.sp);
}

// Exercise 3.8, or nothing can ever run.
Result<> check_queue() {
  static constinit RunQueue queue;
  Runnable probe;
  queue.add(probe);
  if (queue.take() == &probe) return {};
  return last_unimplemented().substr(0, 3) == "3.8" ? Error::Unimplemented : Error::Internal;
}

// From here on the boot is a thread, and interrupts are off, whatever came before: its first switch leads to the exit path, where an
// interrupt between swapgs and sysretq would find the user's GS.
Result<> take_over() {
  TRY(check_switch());
  TRY(check_queue());
  Cpu& cpu = this_cpu();
  TRY(make_idle_thread(cpu));
  Ref<Thread> boot_thread = TRY(make_object<Thread>());
  boot_thread->cpu = &cpu;
  boot_thread->state = ThreadState::Running;
  boot_thread->retain();
  cpu.current = boot_thread.get();
  enable_fpu();
  on_tick = [] {
    Cpu& ticked = this_cpu();
    ticked.ticked = ticked.attention = true;
  };
  stack_in_use = [] {
    const KernelStack& stack = current_thread().stack;
    return stack ? StackBounds{stack.top() - KernelStack::bytes, stack.top()} : StackBounds{};
  };
  disable_interrupts();
  kernel_lock.lock();
  return {};
}

}  // namespace

Result<> need_scheduler() { return outcome; }

Result<> start_scheduler() {
  outcome = take_over().error();
  TRY(need_scheduler());
  log("[SCHEDULER] {} priorities, {} ticks a quantum, {} ticks a second\n", RunQueue::priorities, RunQueue::quantum,
      ticks_per_second);
  return {};
}

Result<> make_idle_thread(Cpu& cpu) {
  Ref<Thread> thread = TRY(Thread::create_kernel(idle));
  thread->priority = 0;
  thread->cpu = &cpu;
  thread->retain();
  cpu.idle_thread = thread.get();
  return {};
}

void idle() {
  Cpu& cpu = this_cpu();
  for (;;) {
    if (cpu.ticked) take_tick();
    schedule();
    kernel_lock.unlock();
    wait_for_interrupt();
    kernel_lock.lock();
  }
}

void make_ready(Thread& thread) {
  Cpu& cpu = least_loaded(thread);
  enqueue(cpu, thread);
  if (!cpu.queue.must_preempt(*cpu.current)) return;
  cpu.preempt = true;
  make_look(cpu);
}

void schedule() {
  Cpu& cpu = this_cpu();
  run_next(cpu, *cpu.current);
  free_finished();
}

void give_way() {
  Cpu& cpu = this_cpu();
  if (cpu.queue.empty()) return;
  Thread& before = *cpu.current;
  before.state = ThreadState::Ready;
  cpu.queue.add(before);
  run_next(cpu, before);
}

void let_others_run() {
  free_finished();
  kernel_lock.unlock();
  take_pending_interrupts();
  kernel_lock.lock();
  Cpu& cpu = this_cpu();
  if (cpu.ticked) take_tick();
  if (!cpu.preempt) return;
  enqueue(cpu, *cpu.current);
  schedule();
}

void leave_cpu() {
  free_finished();
  Cpu& cpu = this_cpu();
  Thread& before = *cpu.current;
  bool waits = before.state == ThreadState::Blocked;
  if (!waits && !cpu.preempt) return;
  if (!waits) enqueue(cpu, before);
  Thread& next = take_next(cpu);
  if (&next == &before) {
    cpu.preempt = false;
    before.state = ThreadState::Running;
    return;
  }
  save_user_state(before);
  before.resume_at_exit();
  load(cpu, next);
  uint64_t nobody;
  switch_context(&nobody, next.sp);
}

void finish_thread() {
  Thread& thread = current_thread();
  thread_has_ended(thread);
  thread.destroy();
  thread.state = ThreadState::Finished;
  free_finished();
  Cpu& cpu = this_cpu();  // only now: others may have run in between, and we may have come to another CPU
  cpu.finished = &thread;
  Thread& next = take_next(cpu);
  load(cpu, next);
  cpu.attention = true;  // who comes to the exit path frees this thread
  switch_context(&thread.sp, next.sp);
  __builtin_unreachable();
}

}  // namespace strata
