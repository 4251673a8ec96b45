// Exercise 3.2: what a call does to the registers, seen from both sides: the program says what it has, and a table of calls of the
// test's own says what the kernel was told.
#include "cpu/x86/control.hpp"
#include "ring3.hpp"
#include "syscall/x86/msr.hpp"
#include "time/clock.hpp"

namespace strata {

namespace {

// In the program's words: registers before, in the order of a TrapFrame without what the CPU pushes, rsp and flags; the same after.
constexpr uint64_t registers = 15, rsp_word = 15, flags_word = 16, set = 17, after = 32;

extern "C" const char ring3_call[], ring3_store[], ring3_interrupted[];

}  // namespace

asm(R"(
    .text
    .macro each_register do, at
    \do \at, r15
    \do \at+8, r14
    \do \at+16, r13
    \do \at+24, r12
    \do \at+32, r11
    \do \at+40, r10
    \do \at+48, r9
    \do \at+56, r8
    \do \at+64, rbp
    \do \at+72, rdi
    \do \at+80, rsi
    \do \at+88, rdx
    \do \at+96, rcx
    \do \at+104, rbx
    \do \at+112, rax
    \do \at+120, rsp
    .endm
    .macro load_register at, name
    movq \at, %\name
    .endm
    .macro store_register at, name
    movq %\name, \at
    .endm

    .globl ring3_store
    .balign 16
ring3_call:
    pushq 0x10000080
    popfq
    each_register load_register, 0x10000000
    syscall
ring3_store:
    each_register store_register, 0x10000100
    movq $0x20003ff8, %rsp
    pushfq
    popq 0x10000180
    ud2

    .balign 16
ring3_interrupted:
    each_register load_register, 0x10000000
    testb %al, 0x20000000
    each_register store_register, 0x10000100
    each_register load_register, 0x10000000
    int $0x80
    each_register store_register, 0x10000200
    each_register load_register, 0x10000000
1:  cmpq $0, 0x10000400
    je 1b
    each_register store_register, 0x10000300
    ud2
    .purgem each_register
    .purgem load_register
    .purgem store_register
)");

namespace {

// What the kernel's side of the last call has seen.
struct Seen {
  TrapFrame frame;
  uint64_t calls, in_place, flags, gs_base, user_gs_base, aligned;
};
constinit Seen seen{};
constinit uint64_t answer = 0;
constinit SyscallTable table;
using Then = void (*)(TrapFrame&);
constinit Then then = nullptr;

// What a handler may leave in the registers that are not its caller's; no program must ever see it.
void leave_secrets() {
  asm volatile(
      "movq $0x5ec2e75, %%rcx\n movq %%rcx, %%rdx\n movq %%rcx, %%rsi\n movq %%rcx, %%rdi\n movq %%rcx, %%r8\n"
      "movq %%rcx, %%r9\n movq %%rcx, %%r10\n movq %%rcx, %%r11"
      :
      :
      : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11");
}

uint64_t handle(TrapFrame& frame) {
  uint64_t flags;
  asm volatile("pushfq; popq %0" : "=r"(flags));
  ++seen.calls;
  seen.frame = frame;
  seen.in_place = &frame == &current_thread().frame();
  seen.flags = flags;
  seen.gs_base = read_msr(msr::gs_base) == reinterpret_cast<uint64_t>(&this_cpu());
  seen.user_gs_base = read_msr(msr::kernel_gs_base);
  seen.aligned = reinterpret_cast<uint64_t>(__builtin_frame_address(0)) % 16 == 0;
  if (then) then(frame);
  leave_secrets();
  return answer;
}

void begin(Random& random, Then next = nullptr) {
  seen = {};
  answer = random.next();
  then = next;
  for (SyscallHandler& handler : table.handlers) handler = handle;
}

// Status flags, direction, nested task, alignment check, ID: all that ring 3 can change, but the trap flag.
uint64_t draw_flags(Random& random) { return 0x202 | (random.next() & 0x24'4cd5); }

Result<Ring3> draw_caller(Random& random) {
  Ring3 it = TRY(Ring3::create(ring3_call));
  for (uint64_t i = 0; i < registers; ++i) it.word(i) = random.next();
  it.word(registers - 1) = random.below(SyscallTable::size);  // rax
  it.word(rsp_word) = random.next();
  it.word(flags_word) = draw_flags(random);
  return it;
}

void say_words(TestRun& run, std::string_view key, const Ring3& it) {
  for (uint64_t i = 0; i < set; ++i) run.seen(key, i, it.word(after + i));
}

// A program that calls, and what the test says of it.
void call_and_say(TestRun& run, uint64_t i, Then next, void (*say)(TestRun&, const Ring3&)) {
  begin(run.random(), next);
  auto it = draw_caller(run.random());
  if (!it.ok()) return;
  auto status = it.value().run(&table);
  run.seen("outcome", i, status.error());
  run.seen("status", i, static_cast<uint64_t>(ring3_ended - status.value_or(0)));
  run.seen("calls", i, seen.calls);
  if (seen.calls != 0) say(run, it.value());
}

void say_frame(TestRun& run, const Ring3&) {
  auto* words = reinterpret_cast<const uint64_t*>(&seen.frame);
  for (uint64_t i = 0; i < sizeof(TrapFrame) / 8; ++i) {
    if (&words[i] != &seen.frame.rip && &words[i] != &seen.frame.rcx) run.seen("frame", i, words[i]);
  }
  run.seen("rip_is_rcx", 0, seen.frame.rip == seen.frame.rcx);
  run.seen("rip", 0, seen.frame.rip - Ring3::code == static_cast<uint64_t>(ring3_store - ring3_call));
  run.seen("in_place", 0, seen.in_place);
  run.seen("aligned", 0, seen.aligned);
}

// The kernel is told every register.
void entry_frame(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) call_and_say(run, i, nullptr, say_frame);
}

// The program finds every register again.
void entry_registers(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    call_and_say(run, i, nullptr, [](TestRun& its, const Ring3& it) {
      its.seen("rcx_is_rip", 0, it.word(after + 12) == seen.frame.rip);
      it.word(after + 12) = 0;
      say_words(its, "after", it);
    });
  }
}

constinit uint64_t changed[set];

// What the kernel has changed in the frame, the program has in its registers: by iretq, because sysretq cannot.
void entry_changed(TestRun& run) {
  for (uint64_t i = 0; i < 3; ++i) {
    for (uint64_t& word : changed) word = run.random().next();
    changed[flags_word] = draw_flags(run.random());
    auto change = [](TrapFrame& frame) {
      for (uint64_t n = 0; n < registers; ++n) reinterpret_cast<uint64_t*>(&frame)[n] = changed[n];
      frame.rsp = changed[rsp_word];
      frame.rflags = changed[flags_word];
      this_cpu().attention = true;
    };
    call_and_say(run, i, change, [](TestRun& its, const Ring3& it) { say_words(its, "after", it); });
  }
}

// Who has waited goes on with all of its registers, though nothing of it was left on the kernel's stack.
void entry_resumed(TestRun& run) {
  for (uint64_t i = 0; i < 2; ++i) {
    auto sleep = [](TrapFrame&) { (void)tail_wait_until(nullptr, clock().ticks() + 2); };
    call_and_say(run, i, sleep, [](TestRun& its, const Ring3& it) {
      its.seen("rcx_is_rip", 0, it.word(after + 12) == seen.frame.rip);
      it.word(after + 12) = 0;
      say_words(its, "after", it);
    });
  }
}

// The user's stack is the user's: not a byte of it changes, wherever rsp points to.
void entry_stack(TestRun& run) {
  begin(run.random());
  auto made = draw_caller(run.random());
  if (!made.ok()) return;
  const Ring3& it = made.value();
  for (uint64_t i = 512; i < Ring3::shared_words; ++i) it.word(i) = run.random().next();
  it.word(rsp_word) = Ring3::shared + 8 * (600 + run.random().below(400));
  auto status = made.value().run(&table);
  run.seen("outcome", 0, status.error());
  run.seen("status", 0, static_cast<uint64_t>(ring3_ended - status.value_or(0)));
  uint64_t sum = 0;
  for (uint64_t i = 512; i < Ring3::shared_words; ++i) sum = sum * 31 + it.word(i);
  run.seen("sum", 0, sum);
  run.seen("rsp", 0, it.word(after + rsp_word));
}

// GS is the kernel's in the kernel and nothing in ring 3, where the program reads a word of its own through it, before and after.
UNCHECKED void read_through_gs(uint64_t* words) {
  for (uint64_t i = 0; i < 4; ++i) {
    uint64_t word;
    asm volatile("movq %%gs:(%1), %0" : "=r"(word) : "r"(words + i));
    words[10 + i] = word;
    words[20 + i] = ring3::call(Sys::getpid);
  }
  ring3::end();
}

void entry_gs(TestRun& run) {
  begin(run.random());
  auto made = Ring3::create(reinterpret_cast<const void*>(read_through_gs));
  if (!made.ok()) return;
  for (uint64_t i = 0; i < 4; ++i) made.value().word(i) = run.random().next();
  auto status = made.value().run(&table);
  run.seen("outcome", 0, status.error());
  run.seen("status", 0, static_cast<uint64_t>(ring3_ended - status.value_or(0)));
  for (uint64_t i = 0; i < 4; ++i) {
    run.seen("read", i, made.value().word(10 + i));
    run.seen("answer", i, made.value().word(20 + i));
  }
  run.seen("calls", 0, seen.calls);
  run.seen("gs_base", 0, seen.gs_base);
  run.seen("user_gs_base", 0, seen.user_gs_base);
}

// What ring 3 has set in its flags the kernel does not see in its own.
void kernel_flags(TestRun& run) {
  for (uint64_t i = 0; i < 6; ++i) {
    call_and_say(run, i, nullptr, [](TestRun& its, const Ring3& it) {
      its.seen("flags", 0, it.word(after + flags_word));
      its.seen("kernel", 0, seen.flags & ~0x8d5ull);  // but the status flags
    });
  }
}

// Whom an interrupt takes the CPU from must not notice; nor who touches a page for the first time, or calls by an interrupt. The
// other program, which lets the first one go on, takes several quanta for itself before.
constinit uint64_t* go_on = nullptr;

UNCHECKED void disturb(const uint64_t* words) {
  for (uint64_t i = 0; i < words[0]; ++i) asm volatile("");
  (void)ring3::call(Sys::getpid);
  ring3::end();
}

void entry_interrupted(TestRun& run) {
  OneCpu one;
  begin(run.random());
  auto made = Ring3::create(ring3_interrupted), other = Ring3::create(reinterpret_cast<const void*>(disturb));
  if (!made.ok() || !other.ok()) return;
  Ring3& it = made.value();
  for (uint64_t i = 0; i <= registers; ++i) it.word(i) = run.random().next();
  it.word(registers - 1) = run.random().below(SyscallTable::size);
  other.value().word(0) = 1'000'000 + run.random().below(100'000);
  go_on = &it.word(128);
  static constinit SyscallTable of_other;
  of_other.handlers[static_cast<uint64_t>(Sys::getpid)] = [](TrapFrame&) { return *go_on = 1; };
  run.seen("outcome", 0, it.start(&table).error());
  run.seen("outcome", 1, other.value().run(&of_other).error());
  auto status = it.wait();
  run.seen("status", 0, static_cast<uint64_t>(ring3_ended - status.value_or(0)));
  for (uint64_t i = 0; i <= registers; ++i) {
    run.seen("after_fault", i, it.word(32 + i));
    run.seen("after_call", i, it.word(64 + i));
    run.seen("after_interrupts", i, it.word(96 + i));
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.entry_frame", entry_frame},     {"lab3.entry_registers", entry_registers},
    {"lab3.entry_changed", entry_changed}, {"lab3.entry_resumed", entry_resumed},
    {"lab3.entry_stack", entry_stack},     {"lab3.entry_gs", entry_gs},
    {"lab3.kernel_flags", kernel_flags},   {"lab3.entry_interrupted", entry_interrupted},
};

}  // namespace
}  // namespace strata
