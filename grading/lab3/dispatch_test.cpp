// Exercise 3.4: tables with holes, and numbers that ring 3 might say.
#include "syscall/dispatch.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constinit uint64_t key = 0;  // of the run: what a handler answers cannot be known without having called it

template <uint64_t number>
uint64_t answer(TrapFrame& frame) {
  return key * (number + 1) + frame.rdi;
}
constexpr SyscallHandler handlers[] = {answer<0>, answer<1>, answer<2>, answer<3>};

// The numbers with handlers are drawn; the table is too large for the stack.
constinit SyscallTable table;

void draw_table(Random& random) {
  table = {};
  key = random.next();
  for (SyscallHandler& handler : table.handlers) {
    uint64_t which = random.below(6);
    if (which < 4) handler = handlers[which];
  }
}

uint64_t draw_number(Random& random) {
  switch (random.below(6)) {
    case 0: return SyscallTable::size + random.below(4);
    case 1: return random.next();
    case 2: return (1 + random.below(3)) << 32 | random.below(SyscallTable::size);
    case 3: return ~random.below(200);
    default: return random.below(SyscallTable::size);
  }
}

void dispatch_numbers(TestRun& run) {
  draw_table(run.random());
  table.counts[0] = reinterpret_cast<uint64_t>(handlers[0]);  // for who looks for a handler behind the last one
  uint64_t edges[] = {SyscallTable::size, 0, SyscallTable::size - 1, ~0ull};
  for (uint64_t i = 0; i < 40; ++i) {
    TrapFrame frame = {};
    frame.rax = i < 4 ? edges[i] : draw_number(run.random());
    frame.rdi = run.random().next();
    dispatch(table, frame);
    run.seen("rax", i, frame.rax);
  }
}

void dispatch_counts(TestRun& run) {
  draw_table(run.random());
  for (uint64_t i = 0; i < 200; ++i) {
    uint64_t number = i % 3 == 0 ? draw_number(run.random()) : run.random().below(20);
    (void)find_handler(table, number);
  }
  for (uint64_t i = 0; i < SyscallTable::size; ++i) {
    if (table.counts[i] != 0) run.seen("count", i, table.counts[i]);
  }
  run.seen("invalid", 0, table.invalid);
}

void draw_counts(Random& random) {
  table = {};
  for (uint64_t i = 0; i < 16; ++i) {
    uint64_t number = random.below(SyscallTable::size);
    table.counts[number] = random.below(12);
  }
}

// More room than calls, exactly enough, and less; calls that are equally frequent.
void used_most(TestRun& run) {
  for (uint64_t i = 0; i < 6; ++i) {
    draw_counts(run.random());
    CallCount out[20] = {};
    size_t room = i == 0 ? 20 : 1 + run.random().below(8);
    size_t found = most_used(table, {out, room});
    run.seen("found", i, found);
    for (size_t n = 0; n < 20 && n < found; ++n) run.seen("call", i, out[n].number << 32 | out[n].count);
    run.seen("behind", i, room < 20 ? out[room].count : 0);
  }
}

void used_none(TestRun& run) {
  draw_counts(run.random());
  CallCount out[4] = {};
  run.seen("no_room", 0, most_used(table, {out, size_t{0}}));
  table = {};
  run.seen("no_calls", 0, most_used(table, out));
  table.invalid = run.random().next();
  uint64_t number = run.random().below(SyscallTable::size);
  table.counts[number] = 1;
  run.seen("one", 0, most_used(table, out));
  run.seen("number", 0, out[0].number);
}

// Tables of few calls or of all, with counts of any size, and room for any part of them and no byte more.
void used_model(TestRun& run) {
  Random& random = run.random();
  for (uint64_t i = 0; i < 24; ++i) {
    table = {};
    uint64_t calls = random.below(2 * SyscallTable::size), different = 1 + random.below(20);
    for (uint64_t n = 0; n < calls; ++n) {
      uint64_t number = random.below(SyscallTable::size), count = random.below(different);
      table.counts[number] = random.below(8) == 0 ? random.next() : count;
    }
    static constinit CallCount none[SyscallTable::size + 4];
    Span<CallCount> out = exactly(Span<CallCount>(none, random.below(SyscallTable::size + 4)));
    size_t found = most_used(table, out);
    run.seen("found", i, found);
    for (size_t n = 0; n < found && n < out.size(); ++n) {
      run.seen("number", i, out[n].number);
      run.seen("count", i, out[n].count);
    }
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.dispatch_numbers", dispatch_numbers},
    {"lab3.dispatch_counts", dispatch_counts},
    {"lab3.used_most", used_most},
    {"lab3.used_none", used_none},
    {"lab3.used_model", used_model},
};

}  // namespace
}  // namespace strata
