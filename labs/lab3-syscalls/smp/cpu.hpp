// What each CPU has for itself. In the kernel GS points to it; user code runs with GS base 0.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/x86/gdt.hpp"
#include "cpu/x86/trap_frame.hpp"
#include "sched/run_queue.hpp"
#include "smp/x86/asm_offsets.h"

namespace strata {

class Thread;

inline constexpr size_t most_cpus = 8;

struct Cpu {
  // For assembly (asm_offsets.h).
  Cpu* self = nullptr;
  uint64_t kernel_stack = 0;  // top of the stack of the thread that runs
  uint64_t user_stack = 0;    // a moment of the entry, between two instructions

  // For this_cpu.hpp.
  Thread* current = nullptr;
  bool attention = false;     // the next way back to ring 3 looks for work first (syscall/kernel_exit.cpp)
  bool ticked = false;        // the timer has interrupted since somebody last looked
  bool preempt = false;       // another thread shall run
  bool flush_wanted = false;  // another CPU waits until we have flushed the TLB
  bool online = false;

  uint32_t number = 0;
  uint32_t apic_id = 0;
  uint64_t root_table = 0;  // CR3, so that it is not loaded in vain
  Thread* idle_thread = nullptr;
  Thread* finished = nullptr;  // has ended, but we may still stand on its stack
  RunQueue queue;
  Tss* tss = nullptr;
  uint64_t cr4 = 0;           // of the first CPU, for the others to copy
  uint32_t timer_counts = 0;  // likewise

  uint64_t iret_exits = 0;  // of leave_kernel(); the others were by sysretq
};

static_assert(offsetof(Cpu, self) == 0);
static_assert(offsetof(Cpu, kernel_stack) == CPU_KERNEL_STACK && offsetof(Cpu, user_stack) == CPU_USER_STACK);
static_assert(offsetof(Cpu, current) == CPU_CURRENT && offsetof(Cpu, attention) == CPU_ATTENTION);
static_assert(offsetof(TrapFrame, r11) == FRAME_R11);
static_assert(offsetof(TrapFrame, r10) == FRAME_R10);
static_assert(offsetof(TrapFrame, r9) == FRAME_R9);
static_assert(offsetof(TrapFrame, r8) == FRAME_R8);
static_assert(offsetof(TrapFrame, rdi) == FRAME_RDI);
static_assert(offsetof(TrapFrame, rsi) == FRAME_RSI);
static_assert(offsetof(TrapFrame, rdx) == FRAME_RDX);
static_assert(offsetof(TrapFrame, rcx) == FRAME_RCX);
static_assert(offsetof(TrapFrame, rax) == FRAME_RAX);
static_assert(offsetof(TrapFrame, rsp) == FRAME_RSP);
static_assert(USER_DATA_SELECTOR == selector::user_data && USER_CODE_SELECTOR == selector::user_code);

// CPU 0 is the one that boots.
extern Cpu cpus[most_cpus];
extern size_t cpu_count;

}  // namespace strata

#include "smp/x86/this_cpu.hpp"
