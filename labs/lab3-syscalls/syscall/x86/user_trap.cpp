// Traps of ring 3: exceptions, interrupts, and `int 0x80`.
// Invariant: an NMI, a double fault or a machine check finds GS in any state, so their handlers use neither GS nor the lock.
#include "cpu/attempt.hpp"
#include "cpu/trap.hpp"
#include "cpu/x86/control.hpp"
#include "cpu/x86/cpu_tables.hpp"
#include "cpu/x86/idt.hpp"
#include "debug/panic.hpp"
#include "debug/unimplemented.hpp"
#include "process/process.hpp"
#include "smp/kernel_lock.hpp"
#include "smp/x86/ipi.hpp"
#include "syscall/kernel_exit.hpp"
#include "syscall/x86/msr.hpp"

namespace strata {

extern "C" {
extern const char trap_stubs[];  // exercise 1.7
extern Idt kernel_idt;
extern bool smap_is_on;

struct FixUp {
  uint64_t instruction, go_on;
};
extern const FixUp fix_ups[], fix_ups_end[];  // user/x86/user_copy.S

[[noreturn]] void missing_syscall_entry();
}

namespace {

constexpr uint8_t call_vector = 0x80;

constinit TrapHandler kernel_page_fault = nullptr;

void swapgs() { asm volatile("swapgs" : : : "memory"); }

// A trap leaves the AC flag as ring 3 has set it, and with it SMAP is off. (Intel SDM vol. 3A, 4.6.1)
void forbid_user_memory() {
  if (smap_is_on) asm volatile("clac" : : : "memory");
}

bool may_come_at_any_time(uint64_t number) {
  return number == vector::nmi || number == vector::double_fault || number == vector::machine_check;
}

// A debug exception stands on a stack of its own; the thread's frame is where all others are.
void keep_frame(const TrapFrame& frame) {
  TrapFrame& place = current_thread().frame();
  if (&place != &frame) place = frame;
}

void handle_user_trap(TrapFrame& frame, TrapHandler handler) {
  if (may_come_at_any_time(frame.vector)) {
    if (!handler) panic_trap(frame, read_cr2());
    return handler(frame);
  }
  swapgs();
  forbid_user_memory();
  if (frame.vector == vector::flush) {
    handler(frame);  // whoever has the lock waits for this
    return swapgs();
  }
  kernel_lock.lock();
  keep_frame(frame);
  if (handler) {
    handler(frame);
  } else {
    end_faulting_process(frame);
  }
  leave_trap();
  swapgs();
}

void handle_call(TrapFrame& frame) {
  frame.error = frame.rax;
  dispatch(*current_thread().calls, frame);
}

void handle_page_fault(TrapFrame& frame) {
  constexpr uint64_t write = 1u << 1, reserved = 1u << 3, fetch = 1u << 4;
  if (frame.from_user()) {
    Access access{(frame.error & write) != 0, (frame.error & fetch) != 0, (frame.error & reserved) != 0};
    auto resolved = current_thread().process->space->resolve(Va{read_cr2()}, access);
    if (!resolved.ok()) end_faulting_process(frame, resolved.error());
    return;
  }
  for (const FixUp* it = fix_ups; it < fix_ups_end; ++it) {
    if (it->instruction != frame.rip) continue;
    frame.rip = it->go_on;
    return;
  }
  if (!kernel_page_fault) panic_trap(frame, read_cr2());
  kernel_page_fault(frame);
}

void ignore(TrapFrame&) {}

}  // namespace

Result<> start_user_traps() {
  TRY(check_traps());
  Va stub{reinterpret_cast<uint64_t>(trap_stubs) + call_vector * stub_size};
  kernel_idt.gates[call_vector] = TRY(interrupt_gate(stub, 0, 3));
  set_trap_handler(call_vector, handle_call);
  set_trap_handler(vector::nmi, ignore);
  kernel_page_fault = set_trap_handler(vector::page_fault, handle_page_fault);
  on_user_trap = handle_user_trap;
  return {};
}

void missing_syscall_entry() {
  if (read_msr(msr::gs_base) == 0) {
    swapgs();
    kernel_lock.lock();
  }
  Error missing = unimplemented("3.2 syscall_entry");
  end_process(*current_thread().process, static_cast<int32_t>(missing));
  finish_thread();
}

}  // namespace strata
