// Exercise 1.7 with real traps: registers drawn from the seed go in, the handler looks at the frame, and all must come back.
#include <iterator>

#include "cpu/attempt.hpp"
#include "cpu/trap.hpp"
#include "cpu/x86/control.hpp"
#include "cpu/x86/cpu_tables.hpp"
#include "cpu/x86/gdt.hpp"
#include "cpu/x86/idt.hpp"
#include "report/tests.hpp"
#include "time/clock.hpp"

namespace strata {

namespace {

constexpr size_t register_count = 15;  // in the frame's order: r15 ... r8, rbp, rdi, rsi, rdx, rcx, rbx, rax

// What the handler saw, and what it writes into the frame if asked to.
struct Seen {
  uint64_t count;
  TrapFrame frame;
  uint64_t address_mod_16;
  uint64_t flags_inside;
  bool change;
  uint64_t replacement[register_count];
  uint64_t skip;  // bytes of the faulting instruction
};
constinit Seen seen_now = {};

void record(TrapFrame& frame) {
  ++seen_now.count;
  seen_now.frame = frame;
  seen_now.address_mod_16 = reinterpret_cast<uint64_t>(&frame) % 16;
  asm volatile("pushfq; popq %0" : "=r"(seen_now.flags_inside));
  if (seen_now.change) __builtin_memcpy(&frame, seen_now.replacement, sizeof seen_now.replacement);
  frame.rip += seen_now.skip;
}

// Loads 15 registers from `registers`, traps, and stores them back.
extern "C" void registers_across_breakpoint(uint64_t* registers);
asm(R"(
    .text
registers_across_breakpoint:
    push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15; push %rdi
    mov 0(%rdi), %r15;  mov 8(%rdi), %r14;  mov 16(%rdi), %r13; mov 24(%rdi), %r12; mov 32(%rdi), %r11
    mov 40(%rdi), %r10; mov 48(%rdi), %r9;  mov 56(%rdi), %r8;  mov 64(%rdi), %rbp; mov 80(%rdi), %rsi
    mov 88(%rdi), %rdx; mov 96(%rdi), %rcx; mov 104(%rdi), %rbx; mov 112(%rdi), %rax; mov 72(%rdi), %rdi
    int3
    push %rdi
    mov 8(%rsp), %rdi
    mov %r15, 0(%rdi);  mov %r14, 8(%rdi);  mov %r13, 16(%rdi); mov %r12, 24(%rdi); mov %r11, 32(%rdi)
    mov %r10, 40(%rdi); mov %r9, 48(%rdi);  mov %r8, 56(%rdi);  mov %rbp, 64(%rdi); mov %rsi, 80(%rdi)
    mov %rdx, 88(%rdi); mov %rcx, 96(%rdi); mov %rbx, 104(%rdi); mov %rax, 112(%rdi)
    pop %rax
    mov %rax, 72(%rdi)
    pop %rdi; pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp
    ret
)");

// Gates of the test's own, so that exercise 1.6 is not needed; missing 1.7 shows at the first breakpoint.
extern "C" const char trap_stubs[];
constinit Idt own_idt;

bool ready(TestRun& run) {
  for (size_t number = 0; number < std::size(own_idt.gates); ++number) {
    auto entry = reinterpret_cast<uint64_t>(trap_stubs) + stub_size * number;
    own_idt.gates[number] = {.offset_low = static_cast<uint16_t>(entry),
                             .selector = selector::kernel_code,
                             .type = 0x8e,
                             .offset_middle = static_cast<uint16_t>(entry >> 16),
                             .offset_high = static_cast<uint32_t>(entry >> 32)};
  }
  load_idtr({sizeof own_idt - 1, &own_idt});
  auto outcome = try_breakpoint();
  run.seen("ready", 0, outcome.error());
  seen_now = Seen{};
  return outcome.ok();
}

// Runs `body` with `record` in place of the handler of `vector`.
template <typename Body>
void with_handler(uint8_t vector, Body body) {
  TrapHandler before = set_trap_handler(vector, record);
  body();
  set_trap_handler(vector, before);
}

void draw(Random& random, uint64_t (&registers)[register_count]) {
  for (uint64_t& value : registers) value = random.next();
}

void trap_registers(TestRun& run) {
  if (!ready(run)) return;
  for (uint64_t i = 0; i < 3; ++i) {
    uint64_t registers[register_count];
    draw(run.random(), registers);
    with_handler(vector::breakpoint, [&] { registers_across_breakpoint(registers); });
    uint64_t in_frame[register_count];
    __builtin_memcpy(in_frame, &seen_now.frame, sizeof in_frame);
    for (uint64_t value : in_frame) run.seen("frame", i, value);
    for (uint64_t value : registers) run.seen("after", i, value);
  }
  run.seen("count", 0, seen_now.count);
}

void trap_changes(TestRun& run) {
  if (!ready(run)) return;
  uint64_t registers[register_count];
  draw(run.random(), registers);
  draw(run.random(), seen_now.replacement);
  seen_now.change = true;
  with_handler(vector::breakpoint, [&] { registers_across_breakpoint(registers); });
  for (uint64_t value : registers) run.seen("after", 0, value);
}

template <uint8_t number>
void software_trap(TestRun& run, uint64_t index) {
  with_handler(number, [] { asm volatile("int %0" : : "i"(number)); });
  run.seen("vector", index, seen_now.frame.vector);
  run.seen("error", index, seen_now.frame.error);
  run.seen("cs", index, seen_now.frame.cs);
  run.seen("aligned", index, seen_now.address_mod_16);
}

void trap_vectors(TestRun& run) {
  if (!ready(run)) return;
  constexpr void (*all[])(TestRun&, uint64_t) = {software_trap<4>,   software_trap<9>,   software_trap<15>,
                                                 software_trap<22>,  software_trap<31>,  software_trap<33>,
                                                 software_trap<127>, software_trap<128>, software_trap<255>};
  uint64_t order[] = {0, 1, 2, 3, 4, 5, 6, 7, 8};
  static_assert(std::size(order) == std::size(all));
  run.random().shuffle(order);
  for (uint64_t i = 0; i < std::size(order); ++i) all[order[i]](run, i);
}

void trap_flags(TestRun& run) {
  if (!ready(run)) return;
  constexpr uint64_t arithmetic = 0x8d5, direction = 0x400;  // OF SF ZF AF PF CF
  for (uint64_t i = 0; i < 4; ++i) {
    uint64_t wanted = (run.random().next() & arithmetic) | (i % 2 == 0 ? direction : 0) | 2;
    uint64_t after = 0, stack_before = 0, stack_after = 0;
    with_handler(vector::breakpoint, [&] {
      asm volatile(
          "mov %%rsp, %1\n"
          "push %3\n"
          "popfq\n"
          "int3\n"
          "pushfq\n"
          "pop %0\n"
          "cld\n"
          "mov %%rsp, %2\n"
          : "=&r"(after), "=&r"(stack_before), "=&r"(stack_after)
          : "r"(wanted)
          : "memory", "cc");
    });
    run.seen("after", i, after & (arithmetic | direction | 2));
    run.seen("inside", i, seen_now.flags_inside & direction);
    run.seen("stack", i, stack_after - stack_before);
  }
}

// Faults with an error code, which the handler steps over.
void trap_error_codes(TestRun& run) {
  if (!ready(run)) return;
  uint64_t selector = 8 * (8 + run.random().below(1000));
  seen_now.skip = 2;  // mov %ax, %fs is 8e e0
  with_handler(vector::general_protection, [&] { asm volatile("mov %w0, %%fs" : : "a"(selector)); });
  run.seen("gp_error", 0, seen_now.frame.error);
  run.seen("gp_vector", 0, seen_now.frame.vector);

  uint64_t address =
      0x1000 * (1 + run.random().below(1000));  // below 4 MiB, where nothing is mapped after exercise 1.4
  seen_now.skip = 3;                            // mov %al, (%rdx): 88 02 and a nop
  with_handler(vector::page_fault, [&] {
    asm volatile("movb %%al, (%0); nop" : : "d"(address + (1ull << 40)) : "memory");
  });
  run.seen("pf_error", 0, seen_now.frame.error);
  run.seen("pf_address", 0, read_cr2());
  run.seen("count", 0, seen_now.count);
}

// A trap inside a handler.
void nested(TrapFrame& frame) {
  if (++seen_now.count < 5) asm volatile("int3");
  seen_now.replacement[seen_now.count - 1] += frame.rip != 0;
}

void trap_nested(TestRun& run) {
  if (!ready(run)) return;
  uint64_t registers[register_count];
  draw(run.random(), registers);
  TrapHandler before = set_trap_handler(vector::breakpoint, nested);
  registers_across_breakpoint(registers);
  set_trap_handler(vector::breakpoint, before);
  run.seen("depth", 0, seen_now.count);
  run.seen("returned", 0, seen_now.replacement[4]);
  for (uint64_t value : registers) run.seen("after", 0, value);
}

// The whole kernel, its own gates: interrupts that nobody called for, while registers are in use.
void trap_under_ticks(TestRun& run) {
  (void)load_idt();
  auto outcome = run_clock();
  run.seen("clock", 0, outcome.error());
  if (!outcome.ok()) return;
  uint64_t sum = run.random().next(), start = clock().ticks(), rounds = 0;
  enable_interrupts();
  while (clock().ticks() < start + 5 && rounds < 50'000'000) {
    for (int i = 0; i < 1000; ++i) sum = sum * 6364136223846793005 + 1442695040888963407;
    ++rounds;
  }
  disable_interrupts();
  run.seen("ticks", 0, clock().ticks() - start);
  run.seen("rounds", 0, rounds);
  run.seen("sum", 0, sum);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.trap_registers", trap_registers},     {"lab1.trap_changes", trap_changes},
    {"lab1.trap_vectors", trap_vectors},         {"lab1.trap_flags", trap_flags},
    {"lab1.trap_error_codes", trap_error_codes}, {"lab1.trap_nested", trap_nested},
    {"lab1.trap_under_ticks", trap_under_ticks},
};

}  // namespace
}  // namespace strata
