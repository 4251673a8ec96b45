// Exercise 1.9 on the machine: instructions counted, and the way to a real panic.
#include "console/console.hpp"
#include "cpu/attempt.hpp"
#include "debug/panic.hpp"
#include "report/tests.hpp"
#include "symbol_table.hpp"
#include "test_time.hpp"

namespace strata {

namespace {

constexpr size_t most_symbols = 4096;
constinit Symbol symbols[most_symbols] = {};

// A search that looks at every symbol takes 64 times as long in a table 64 times as large.
void symbol_speed(TestRun& run) {
  uint64_t spent[2];
  for (size_t turn = 0; turn < 2; ++turn) {
    auto table = draw_symbols(run.random(), {symbols, turn == 0 ? 64 : most_symbols});
    uint64_t start = test_time();
    uint64_t hits = 0;
    for (size_t i = 0; i < 200; ++i) hits += find_symbol(table, table[table.size() - 1 - i % 8].address).ok();
    spent[turn] = test_time() - start;
    run.seen("hits", turn, hits);
    auto found = find_symbol(table, table[run.random().below(table.size())].address);
    run.seen("begins", turn, found.ok() ? found.value()->address : 0);
  }
  run.seen("times_longer", 0, spent[1] / spent[0]);
}

// A real chain: the seed chooses who calls whom; the panic at its end prints the way.
using Link = void (*)(const uint8_t* order);
[[gnu::noinline]] void link_first(const uint8_t* order);
[[gnu::noinline]] void link_second(const uint8_t* order);
[[gnu::noinline]] void link_third(const uint8_t* order);
constexpr Link links[] = {link_first, link_second, link_third};

// The empty asm behind each call keeps it from becoming a jump.
void follow(const uint8_t* order) {
  if (*order == 0xff) panic("end of the chain");
  links[*order](order + 1);
}
void link_first(const uint8_t* order) {
  follow(order);
  asm volatile("");
}
void link_second(const uint8_t* order) {
  follow(order);
  asm volatile("");
}
void link_third(const uint8_t* order) {
  follow(order);
  asm volatile("");
}

void backtrace_console(TestRun& run) {
  run.seen("console", 0, start_console().error());
  uint8_t order[7];
  for (uint8_t& link : order) link = static_cast<uint8_t>(run.random().below(3));
  order[6] = 0xff;
  log("chain begins\n");
  bool returned = attempt([](void* chosen) { follow(static_cast<const uint8_t*>(chosen)); }, order);
  log("chain ends\n");
  run.seen("returned", 0, static_cast<uint64_t>(returned));
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.symbol_speed", symbol_speed},
    {"lab1.backtrace_console", backtrace_console},
};

}  // namespace
}  // namespace strata
