// Exercise 3.2 by itself: the way to ring 3 without a scheduler. The test is a thread for a moment; an attempt ends with the program.
#include "cpu/attempt.hpp"
#include "cpu/trap.hpp"
#include "cpu/x86/control.hpp"
#include "ring3.hpp"
#include "sched/x86/cpu_state.hpp"
#include "smp/kernel_lock.hpp"
#include "syscall/kernel_exit.hpp"

namespace strata {

extern "C" const char ring3_store[];  // entry_test.cpp

namespace {

constexpr uint64_t registers = 15, words = 17, after = 32;

constinit UserTrapHook hook_before = nullptr;
constinit uint64_t came_back_by = 0;

[[noreturn]] void come_back(TrapFrame& frame, TrapHandler) {
  asm volatile("swapgs" : : : "memory");
  came_back_by = frame.vector;
  on_user_trap = hook_before;
  if (need_scheduler().ok()) kernel_lock.lock();  // the way out has given it back
  abandon_attempt();
}

void go_out(void* frame) {
  asm volatile("movq %0, %%rsp\n jmp user_return" : : "r"(frame) : "memory");
  __builtin_unreachable();
}

// Lets the program run with its frame as it is; interrupts must be off in it.
Result<> run_without_scheduler(Ring3& it) {
  Cpu& cpu = this_cpu();
  AddressSpace& space = *it.process().space;
  TRY(space.resolve(Va{Ring3::code}, {.execute = true}));
  TRY(space.resolve(Va{Ring3::shared}, {.write = true}));
  TRY(space.resolve(Va{Ring3::stack + Ring3::stack_pages * frame_size - 1}, {.write = true}));
  Ref<Thread> thread = TRY(make_object<Thread>());
  thread->stack = TRY(KernelStack::create());
  thread->process = Ref<Process>(it.process());
  thread->frame() = it.frame;
  Thread* current = cpu.current;
  uint64_t kernel_stack = cpu.kernel_stack, flags;
  asm volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
  hook_before = on_user_trap;
  came_back_by = 0;
  cpu.current = thread.get();
  cpu.attention = false;
  cpu.kernel_stack = cpu.tss->rsp[0] = thread->stack.top();
  use_space(space);
  on_user_trap = come_back;
  (void)attempt(go_out, &thread->frame());
  use_kernel_space();
  cpu.current = current;
  cpu.attention = true;
  cpu.kernel_stack = cpu.tss->rsp[0] = kernel_stack;
  if ((flags & flag::interrupt) != 0) enable_interrupts();
  return {};
}

// A new thread has the registers of its frame, and nothing that the kernel has left in one.
void entry_start(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    auto made = Ring3::create(ring3_store);
    if (!made.ok()) return;
    Ring3& it = made.value();
    auto* frame = reinterpret_cast<uint64_t*>(&it.frame);
    for (uint64_t n = 0; n < registers; ++n) frame[n] = i == 0 ? 0 : run.random().next();
    it.frame.rsp = run.random().next();
    it.frame.rflags = 2 | (run.random().next() & 0x24'4cd5);
    run.seen("outcome", i, run_without_scheduler(it).error());
    run.seen("vector", i, came_back_by);
    for (uint64_t n = 0; n < words; ++n) run.seen("start", n, it.word(after + n));
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {{"lab3.entry_start", entry_start}};

}  // namespace
}  // namespace strata
