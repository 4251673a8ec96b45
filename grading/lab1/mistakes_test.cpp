// Mistakes made on purpose, whose panics the host reads on COM1 (exercise 1.8); one of them on a stack of its own (1.5).
#include "console/console.hpp"
#include "cpu/attempt.hpp"
#include "cpu/trap.hpp"
#include "cpu/x86/cpu_tables.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

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
    {"lab1.fault_console", fault_console},
    {"lab1.double_fault_stack", double_fault_stack},
};

}  // namespace
}  // namespace strata
