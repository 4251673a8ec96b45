#include "sched/thread.hpp"

#include "cpu/x86/gdt.hpp"
#include "process/process.hpp"
#include "sched/context.hpp"
#include "syscall/kernel_exit.hpp"
#include "syscall/syscall_table.hpp"

namespace strata {

namespace {

constinit uint64_t next_id = 1;

}  // namespace

void Waitable::priority_changed(Thread&) {}

void Thread::reset_fpu() {
  constexpr uint64_t control = 0x37f, mxcsr = 0x1f80;
  for (uint64_t& word : fpu) word = 0;
  fpu[0] = control;
  fpu[3] = mxcsr;
}

Thread::Thread() : calls(&native_calls) { priority = normal_priority; }
Thread::~Thread() = default;

Result<Ref<Thread>> Thread::create(Process& process, const TrapFrame& frame) {
  Ref<Thread> thread = TRY(make_object<Thread>());
  thread->stack = TRY(KernelStack::create());
  thread->process = Ref<Process>(process);
  thread->id = next_id++;
  thread->frame() = frame;
  thread->reset_fpu();
  thread->resume_at_exit();
  return thread;
}

Result<Ref<Thread>> Thread::create_kernel(void (*function)()) {
  Ref<Thread> thread = TRY(make_object<Thread>());
  thread->stack = TRY(KernelStack::create());
  uint64_t top = thread->stack.top() - 8;  // as behind a call, with nowhere to return to
  *reinterpret_cast<uint64_t*>(top) = 0;
  thread->sp = first_frame(top, reinterpret_cast<const void*>(function));
  return thread;
}

void Thread::resume_at_exit() { sp = first_frame(reinterpret_cast<uint64_t>(&frame()), user_return); }

TrapFrame user_frame(uint64_t entry, uint64_t stack) {
  TrapFrame frame{};
  frame.rip = entry;
  frame.rsp = stack;
  frame.cs = selector::user_code;
  frame.ss = selector::user_data;
  frame.rflags = flag::always | flag::interrupt;
  return frame;
}

}  // namespace strata
