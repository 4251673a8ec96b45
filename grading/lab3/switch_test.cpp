// Exercise 3.7: stacks of the test's own, and registers that the test has filled.
#include "report/tests.hpp"
#include "sched/context.hpp"

namespace strata {

namespace {

constexpr size_t stack_words = 256, contexts = 4, registers = 6;

alignas(16) constinit uint64_t stacks[contexts][stack_words];
constinit uint64_t saved_sp[contexts + 1];  // the last one: of the test itself
constexpr uint64_t& test_sp = saved_sp[contexts];

uint64_t top_of(size_t context, size_t words_above) {
  return reinterpret_cast<uint64_t>(&stacks[context][stack_words - words_above]);
}

}  // namespace

extern "C" {
// Fills rbx rbp r12 to r15 from `in`, switches, and says in `out` what they were when it came back.
void test_switch_with(const uint64_t* in, uint64_t* out, uint64_t* sp, uint64_t next);

// Where a new context begins: keeps its rsp and the six registers, and goes on in test_other().
extern const char test_begin[];
[[gnu::used]] constinit uint64_t test_begun[1 + registers];
[[noreturn, gnu::used]] void test_other();
}

asm(R"(
    .text
test_switch_with:
    push %rbx
    push %rbp
    push %r12
    push %r13
    push %r14
    push %r15
    push %rsi
    mov (%rdi), %rbx
    mov 8(%rdi), %rbp
    mov 16(%rdi), %r12
    mov 24(%rdi), %r13
    mov 32(%rdi), %r14
    mov 40(%rdi), %r15
    mov %rdx, %rdi
    mov %rcx, %rsi
    call switch_context
    pop %rsi
    mov %rbx, (%rsi)
    mov %rbp, 8(%rsi)
    mov %r12, 16(%rsi)
    mov %r13, 24(%rsi)
    mov %r14, 32(%rsi)
    mov %r15, 40(%rsi)
    pop %r15
    pop %r14
    pop %r13
    pop %r12
    pop %rbp
    pop %rbx
    ret

test_begin:
    mov %rsp, test_begun(%rip)
    mov %rbx, test_begun+8(%rip)
    mov %rbp, test_begun+16(%rip)
    mov %r12, test_begun+24(%rip)
    mov %r13, test_begun+32(%rip)
    mov %r14, test_begun+40(%rip)
    mov %r15, test_begun+48(%rip)
    xor %ebp, %ebp
    jmp test_other
)");

namespace {

constinit uint64_t other_in[registers], other_out[registers];

void draw(Random& random, uint64_t (&values)[registers]) {
  for (uint64_t& value : values) value = random.next();
}

void say_all(TestRun& run, std::string_view key, const uint64_t (&values)[registers]) {
  for (uint64_t i = 0; i < registers; ++i) run.seen(key, i, values[i]);
}

// There and back, several times: each side finds its registers, though the other one has filled all of them, too.
void switch_registers(TestRun& run) {
  saved_sp[0] = first_frame(top_of(0, 9), test_begin);
  for (uint64_t i = 0; i < 4; ++i) {
    uint64_t in[registers], out[registers] = {};
    draw(run.random(), in);
    draw(run.random(), other_in);
    test_switch_with(in, out, &test_sp, saved_sp[0]);
    say_all(run, "ours", out);
    if (i != 0) say_all(run, "theirs", other_out);
  }
}

// What a new thread begins with, and which words of its stack are nobody's business.
void switch_first(TestRun& run) {
  for (uint64_t i = 0; i < 3; ++i) {
    for (uint64_t& word : stacks[1]) word = run.random().next();
    uint64_t above = 9 + 2 * run.random().below(50), top = top_of(1, above), in[registers], out[registers];
    draw(run.random(), in);
    saved_sp[0] = first_frame(top, test_begin);
    run.seen("below", i, saved_sp[0] < top);
    test_switch_with(in, out, &test_sp, saved_sp[0]);
    run.seen("rsp", i, top - test_begun[0]);
    for (uint64_t n = 1; n <= registers; ++n) run.seen("register", n, test_begun[n]);
    uint64_t sum = 0;
    for (uint64_t n = stack_words - above; n < stack_words; ++n) sum = sum * 31 + stacks[1][n];
    run.seen("above", i, sum);
  }
}

// --- Contexts that go on in any order.

constinit Random order{0};
constinit uint64_t steps = 0, trace = 0, sums = 0;
constinit size_t running = 0;

// What each one knows stands on its own stack only.
[[noreturn]] void wander() {
  size_t self = running;
  uint64_t number = order.next() | 1, local[8];
  for (uint64_t& word : local) word = number;
  for (;;) {
    trace = trace * 31 + self;
    for (uint64_t& word : local) word += number;
    uint64_t sum = 0;
    for (uint64_t word : local) sum += word;
    sums += sum;
    size_t next = steps-- == 0 ? contexts : order.below(contexts);
    if (next == self) continue;
    running = next;
    switch_context(&saved_sp[self], saved_sp[next]);
  }
}

void switch_rounds(TestRun& run) {
  for (size_t i = 0; i < contexts; ++i) {
    saved_sp[i] = first_frame(top_of(i, 1), reinterpret_cast<const void*>(wander));
  }
  order = run.random();
  steps = 100 + order.below(100);
  trace = sums = running = 0;
  switch_context(&test_sp, saved_sp[0]);
  run.seen("trace", 0, trace);
  run.seen("sums", 0, sums);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.switch_registers", switch_registers},
    {"lab3.switch_first", switch_first},
    {"lab3.switch_rounds", switch_rounds},
};

}  // namespace

void test_other() {
  for (;;) test_switch_with(other_in, other_out, &saved_sp[0], test_sp);
}

}  // namespace strata
