// A thread: registers, a kernel stack, and what it waits for. One without a process is the kernel's own and never sees ring 3.
// Invariant: a thread that left ring 3 has its TrapFrame at the top of its kernel stack; one that does not run has `sp` on it.
#pragma once

#include "cpu/x86/trap_frame.hpp"
#include "object/object.hpp"
#include "sched/kernel_stack.hpp"
#include "sched/run_queue.hpp"
#include "syscall/dispatch.hpp"

namespace strata {

class Process;
class Thread;
struct Cpu;

// What a thread can wait for.
class Waitable {
 public:
  // The thread waits no longer: it was woken by something else.
  virtual void cancel(Thread& thread) = 0;
  virtual void priority_changed(Thread& thread);

 protected:
  ~Waitable() = default;
};

enum class ThreadState : uint8_t { New, Ready, Running, Blocked, Finished };

class Thread final : public ObjectOf<Thread, ObjectType::Thread>, public Runnable {
 public:
  static constexpr uint8_t normal_priority = 32;

  // A thread of `process` that will go to ring 3 as `frame` says. OutOfMemory.
  static Result<Ref<Thread>> create(Process& process, const TrapFrame& frame);

  // One of the kernel's own, which begins at `function`, never to return from it. OutOfMemory.
  static Result<Ref<Thread>> create_kernel(void (*function)());

  Thread();
  ~Thread();

  // Only of a thread that has a process.
  TrapFrame& frame() const { return *reinterpret_cast<TrapFrame*>(stack.top() - sizeof(TrapFrame)); }

  // At its next chance it goes on at the exit path, whatever stands on its stack below the frame.
  void resume_at_exit();

  // The running thread starts a new program: nothing of the old one's registers is left.
  void begin_again(const TrapFrame& start);

  // Gives it the running thread's FPU state and FS base (sched/x86/cpu_state.cpp).
  void copy_user_state();

  // What a program finds: exceptions masked, everything else 0.
  void reset_fpu();

  // Where it is.
  uint64_t sp = 0;
  KernelStack stack;
  ThreadState state = ThreadState::New;
  bool stop = false;   // ends when it comes to the exit path
  Cpu* cpu = nullptr;  // where it is queued or runs

  // What it belongs to.
  Ref<Process> process;
  ListLink<Thread> process_link;
  uint64_t id = 0;
  SyscallTable* calls = nullptr;

  // What it waits for.
  Waitable* waiting_for = nullptr;
  ListLink<Thread> wait_link;
  uint64_t wait_key = 0;
  bool interrupted = false;
  uint64_t wake_tick = 0;
  ListLink<Thread> sleep_link;

  // What the CPU keeps for ring 3 besides the frame; of a running thread, the CPU has it.
  uint64_t fs_base = 0;
  alignas(16) uint64_t fpu[64];  // as fxsave writes it (Intel SDM vol. 1, 10.5.1)
};

// The selectors and flags of ring 3, everything else 0.
TrapFrame user_frame(uint64_t entry, uint64_t stack);

}  // namespace strata
