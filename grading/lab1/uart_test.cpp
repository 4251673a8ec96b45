// Exercise 1.1 on a simulated chip. What is right stands in expect.py.
#include "report/tests.hpp"
#include "simulated_uart.hpp"

#include <iterator>

namespace strata {

namespace {

uint16_t random_base(Random& random) { return static_cast<uint16_t>(0x200 + 8 * random.below(64)); }

void uart_divisor(TestRun& run) {
  Random& random = run.random();
  uint32_t rates[] = {115200, 57600, 38400, 19200, 9600, 4800, 2400, 1200, 300, 50};
  random.shuffle(rates);
  for (uint64_t i = 0; i < std::size(rates); ++i) {
    uint16_t base = random_base(random);
    SimulatedUart chip(base, random, 0);
    Uart16550 driver(chip, base);
    run.seen("outcome", i, driver.init(rates[i]).error());
    run.seen("divisor", i, chip.divisor());
    run.seen("strays", i, chip.strays());
  }
}

void uart_line(TestRun& run) {
  uint16_t base = random_base(run.random());
  char word[8];
  for (char& c : word) c = static_cast<char>('a' + run.random().below(26));
  SimulatedUart chip(base, run.random(), 0);
  Uart16550 driver(chip, base);
  run.seen("outcome", 0, driver.init(9600).error());
  run.seen("line_control", 0, chip.line_control());
  run.seen("interrupt_enable", 0, chip.interrupt_enable());
  run.seen("fifo_on", 0, chip.fifo_control() & 1u);
  run.seen("fifo_cleared", 0, chip.fifo_control() & 6u);
  run.seen("dtr_rts", 0, chip.modem_control() & 3u);
  run.seen("bytes_sent", 0, chip.sent().size());
  for (char c : word) driver.put(c);
  run.seen("then_sends", 0, chip.sent());
}

// Good and bad rates in an order that the seed chooses: who answers without looking at the rate is wrong.
void uart_bad_rate(TestRun& run) {
  uint16_t base = random_base(run.random());
  uint32_t rates[] = {115200, 57600, 9600, 4800, 1200, 300, 50, 0, 1, 113, 100000, 115201, 230400, 4'000'000'000};
  run.random().shuffle(rates);
  for (uint64_t i = 0; i < std::size(rates); ++i) {
    SimulatedUart chip(base, run.random(), 0);
    run.seen("outcome", i, Uart16550(chip, base).init(rates[i]).error());
    run.seen("touched", i, chip.writes() > 0 ? 1 : 0);
  }
}

// Printable and unprintable bytes alike, but no line ends.
void uart_poll(TestRun& run) {
  uint16_t base = random_base(run.random());
  SimulatedUart chip(base, run.random(), 20);
  Uart16550 driver(chip, base);
  run.seen("outcome", 0, driver.init(115200).error());
  Random bytes(run.random().next());
  for (int i = 0; i < 60; ++i) driver.put(static_cast<char>(0x0e + bytes.below(0xf0)));
  run.seen("sent", 0, chip.sent());
  run.seen("lost", 0, chip.lost());
}

void uart_newline(TestRun& run) {
  uint16_t base = random_base(run.random());
  SimulatedUart chip(base, run.random(), 3);
  Uart16550 driver(chip, base);
  run.seen("outcome", 0, driver.init(115200).error());
  Random letters(run.random().next());
  for (int line = 0; line < 6; ++line) {
    char text[12];
    for (char& c : text) c = letters.below(4) == 0 ? '\n' : static_cast<char>('a' + letters.below(26));
    auto part = exactly(Span<const char>(text, 1 + letters.below(std::size(text))));
    driver.write({part.data(), part.size()});
  }
  driver.write("");
  driver.put('\n');
  run.seen("sent", 0, chip.sent());
  run.seen("lost", 0, chip.lost());
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.uart_divisor", uart_divisor}, {"lab1.uart_line", uart_line},       {"lab1.uart_bad_rate", uart_bad_rate},
    {"lab1.uart_poll", uart_poll},       {"lab1.uart_newline", uart_newline},
};

}  // namespace
}  // namespace strata
