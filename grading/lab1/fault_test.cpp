// Exercise 1.8: frames drawn from the seed in words; and mistakes made on purpose, whose panics the host reads on COM1.
#include <iterator>

#include "console/console.hpp"
#include "cpu/attempt.hpp"
#include "cpu/explain_fault.hpp"
#include "cpu/trap.hpp"
#include "cpu/x86/cpu_tables.hpp"
#include "lib/text_buffer.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

void explain(TestRun& run, uint64_t index, uint64_t vector, uint64_t error, uint64_t cr2) {
  TrapFrame frame{};
  frame.vector = vector;
  frame.error = error;
  frame.cs = (error & 4) != 0 ? 0x23 : 8;
  TextBuffer<160> sink;
  run.seen("outcome", index, explain_fault(sink, frame, cr2).error());
  run.seen("text", index, sink.text());
}

void fault_names(TestRun& run) {
  uint64_t named[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 19, 20, 21, 29, 30};
  run.random().shuffle(named);
  for (size_t i = 0; i < std::size(named); ++i) explain(run, i, named[i], 0, 0);
}

void fault_vectors(TestRun& run) {
  for (uint64_t i = 0; i < 6; ++i) explain(run, i, 32 + run.random().below(224), 0, 0);
  explain(run, 6, 9, 0, 0);
  explain(run, 7, 15, 0, 0);
}

void fault_page(TestRun& run) {
  uint64_t mask = run.random().below(32);
  for (uint64_t i = 0; i < 32; ++i) explain(run, i, 14, i ^ mask, run.random().next() >> run.random().below(50));
}

void fault_selector(TestRun& run) {
  for (uint64_t i = 0; i < 24; ++i) {
    uint64_t error = i < 4 ? 0 : (run.random().next() & 0xfff8) | i % 8;
    explain(run, i, 10 + i % 4, error, run.random().next());
  }
}

[[gnu::noinline]] void deliberate_divide() { asm volatile("xor %%edx, %%edx; div %0" : : "r"(0) : "rax", "rdx"); }
[[gnu::noinline]] void deliberate_opcode() { asm volatile("ud2"); }
[[gnu::noinline]] void deliberate_null_call() { asm volatile("call *%0" : : "r"(0ull) : "memory"); }
[[gnu::noinline]] void deliberate_non_canonical() {
  asm volatile("mov (%0), %%al" : : "r"(0x8000'0000'0000'0000) : "rax");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
[[gnu::noinline]] void deliberate_overflow() {  // NOLINT(misc-no-recursion): its purpose
  volatile char room[256];
  room[0] = 1;
  deliberate_overflow();
  room[1] = room[0];
}
#pragma GCC diagnostic pop

constexpr void (*mistakes[])() = {deliberate_divide, deliberate_opcode, deliberate_null_call, deliberate_non_canonical,
                                  deliberate_overflow};

// Each in an attempt, so that its panic is printed and the kernel goes on.
void fault_console(TestRun& run) {
  run.seen("console", 0, start_console().error());
  uint64_t order[] = {0, 1, 2, 3, 4};
  run.random().shuffle(order);
  for (uint64_t number : order) {
    log("mistake {}\n", number);
    bool returned = attempt([](void* mistake) { reinterpret_cast<void (*)()>(mistake)(); },
                            reinterpret_cast<void*>(mistakes[number]));
    run.seen("returned", number, static_cast<uint64_t>(returned));
  }
  log("mistakes end\n");
}

void stop_and_abandon(TrapFrame&) {
  witness_point();
  abandon_attempt();
}

// Exercises 1.5 and 1.6: when the stack is gone, the handler of the double fault runs on its own one.
void double_fault_stack(TestRun& run) {
  auto outcome = load_gdt();
  if (outcome.ok()) outcome = check_traps();
  run.seen("outcome", 0, outcome.error());
  if (!outcome.ok()) return;
  TrapHandler before = set_trap_handler(vector::double_fault, stop_and_abandon);
  bool returned = attempt([](void*) { deliberate_overflow(); }, nullptr);
  set_trap_handler(vector::double_fault, before);
  run.seen("returned", 0, static_cast<uint64_t>(returned));
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.fault_names", fault_names},     {"lab1.fault_vectors", fault_vectors},
    {"lab1.fault_page", fault_page},       {"lab1.fault_selector", fault_selector},
    {"lab1.fault_console", fault_console}, {"lab1.double_fault_stack", double_fault_stack},
};

}  // namespace
}  // namespace strata
