// Exercise 1.9 on stacks and symbol tables made from the seed.
#include <iterator>

#include "debug/backtrace.hpp"
#include "report/tests.hpp"
#include "symbol_table.hpp"

namespace strata {

namespace {

constexpr size_t words = 256;
constinit uint64_t storage[words + 8];  // a few words behind the end, that no walk may read
constinit uint64_t* stack = nullptr;

uint64_t address(size_t word) { return reinterpret_cast<uint64_t>(stack + word); }
StackBounds whole_stack() { return {address(0), address(words)}; }

void walk(TestRun& run, uint64_t index, uint64_t frame_pointer, StackBounds bounds, size_t room) {
  uint64_t found[32];
  auto count = walk_frames(frame_pointer, bounds, {found, room});
  run.seen("outcome", index, count.error());
  run.seen("count", index, count.value_or(0));
  for (size_t i = 0; i < count.value_or(0) && i < room; ++i) run.seen("address", index, found[i]);
}

// Frames at random distances; the last one's caller is 0. Returns the words at which they stand.
size_t build_chain(Random& random, size_t (&at)[32]) {
  for (uint64_t& word : storage) word = random.next() | 1;
  stack = exactly(Span<uint64_t>(storage, words)).data();
  size_t count = 3 + random.below(10);
  size_t position = random.below(8);
  for (size_t i = 0; i < count; ++i) {
    at[i] = position;
    position += 2 + random.below(16);
    stack[at[i]] = i + 1 < count ? address(position) : 0;
  }
  return count;
}

void walk_chain(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    size_t at[32];
    build_chain(run.random(), at);
    walk(run, i, address(at[0]), whole_stack(), 32);
  }
}

// Each chain is spoilt in one way at a random frame; the walk must end there, and not earlier or later.
void walk_spoilt(TestRun& run) {
  for (uint64_t i = 0; i < 14; ++i) {
    size_t at[32];
    size_t count = build_chain(run.random(), at);
    size_t victim = run.random().below(count - 1);
    uint64_t& caller = stack[at[victim]];
    StackBounds bounds = whole_stack();
    size_t room = 32;
    switch (i % 7) {
      case 0: caller += 4; break;
      case 1: caller = address(at[victim]); break;
      case 2: caller = address(at[0]) - (victim == 0 ? 8 : 0); break;
      case 3: caller = bounds.high - 8; break;
      case 4: bounds.low = address(at[0]) + 8; break;
      case 5: stack[at[victim] + 1] = 0; break;
      case 6: room = victim; break;
    }
    walk(run, i, address(at[0]), bounds, room);
  }
  walk(run, 14, ~7ull, whole_stack(), 32);
  walk(run, 15, 0, {0, 8}, 32);
}

constexpr size_t most_symbols = 200;
constinit Symbol symbols[most_symbols] = {};

// Around a symbol that the seed chooses: where it begins, just before that, and somewhere inside of it.
void symbol_search(TestRun& run) {
  for (uint64_t i = 0; i < 6; ++i) {
    size_t count = i < 3 ? i : 1 + run.random().below(most_symbols);
    auto table = exactly(Span<const Symbol>(draw_symbols(run.random(), {symbols, count})));
    for (uint64_t query = 0; query < 8; ++query) {
      uint64_t address = run.random().below(8000);
      if (!table.empty() && query > 0) {
        size_t chosen = query < 3 ? 0 : run.random().below(table.size());
        address = table[chosen].address + (query % 3 == 2 ? run.random().below(64) : query % 3) - 1;
      }
      auto found = find_symbol(table, address);
      run.seen("outcome", i, found.error());
      run.seen("number", i, found.ok() ? static_cast<uint64_t>(found.value() - table.data()) : 0);
    }
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.walk_chain", walk_chain},
    {"lab1.walk_spoilt", walk_spoilt},
    {"lab1.symbol_search", symbol_search},
};

}  // namespace
}  // namespace strata
