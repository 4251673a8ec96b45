#include "syscall/kernel_exit.hpp"

#include "console/console.hpp"
#include "cpu/explain_fault.hpp"
#include "cpu/trap.hpp"
#include "cpu/x86/control.hpp"
#include "debug/unimplemented.hpp"
#include "lib/text_buffer.hpp"
#include "process/process.hpp"
#include "sched/scheduler.hpp"
#include "smp/kernel_lock.hpp"

namespace strata {

namespace {

// Everything that may stand between a thread and ring 3. Returns when nothing does any more.
[[gnu::noinline, gnu::cold]] void attend() {
  Cpu& cpu = this_cpu();
  cpu.attention = false;
  if (cpu.ticked) take_tick();
  if (cpu.current->stop) finish_thread();
  leave_cpu();
}

}  // namespace

ReturnPath leave_kernel(TrapFrame& frame) {
  if (needs_attention()) [[unlikely]]
    attend();
  ReturnPath path = return_path(frame);
  if (path == ReturnPath::Iret) [[unlikely]]
    ++this_cpu().iret_exits;
  kernel_lock.unlock();
  return path;
}

ReturnPath handle_syscall(TrapFrame& frame) {
  kernel_lock.lock();
  dispatch(*current_thread().calls, frame);
  if (needs_attention()) [[unlikely]]
    return leave_kernel(frame);
  kernel_lock.unlock();
  return ReturnPath::Sysret;
}

void leave_trap() {
  if (needs_attention()) attend();
  kernel_lock.unlock();
}

void end_faulting_process(const TrapFrame& frame, Error why) {
  Process& process = *current_thread().process;
  TextBuffer<160> words;
  if (!explain_fault(words, frame, read_cr2()).ok()) print(words, "vector {}", frame.vector);
  log("[FAULT] process {} ({}) at {:x}: {}{}\n", process.pid, process.name(), frame.rip,
      why == Error::OutOfMemory ? "no memory is left: " : "", words.text());
  end_process(process, end_status::fault - static_cast<int32_t>(frame.vector));
}

}  // namespace strata
