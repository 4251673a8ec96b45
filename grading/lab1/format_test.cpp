// Exercise 1.2: numbers drawn from the seed, written in every style; the host writes them again with its own arithmetic.
#include <iterator>

#include "lib/format.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr size_t buffer_size = 80;

// Numbers of every length: a random one, cut to a random number of bits.
uint64_t random_number(Random& random) {
  uint64_t bits = random.below(64);
  return random.next() >> bits;
}

// What stands in a buffer of '~' after the call, so that a byte written too far can be seen, and the outcome.
void report(TestRun& run, uint64_t index, Result<size_t> length, const char (&buffer)[buffer_size]) {
  run.seen("outcome", index, length.error());
  run.seen("length", index, length.value_or(0));
  size_t used = buffer_size;
  while (used > 0 && buffer[used - 1] == '~') --used;
  run.seen("text", index, std::string_view(buffer, used));
}

void write_unsigned(TestRun& run, uint64_t index, uint64_t value, NumberStyle style, size_t room) {
  char buffer[buffer_size];
  for (char& c : buffer) c = '~';
  report(run, index, format_unsigned({buffer, room}, value, style), buffer);
}

void write_signed(TestRun& run, uint64_t index, int64_t value, NumberStyle style, size_t room) {
  char buffer[buffer_size];
  for (char& c : buffer) c = '~';
  report(run, index, format_signed({buffer, room}, value, style), buffer);
}

void format_decimal(TestRun& run) {
  for (uint64_t i = 0; i < 12; ++i) write_unsigned(run, i, random_number(run.random()), {}, buffer_size);
}

void format_hex(TestRun& run) {
  for (uint64_t i = 0; i < 12; ++i) write_unsigned(run, i, random_number(run.random()), {.base = 16}, buffer_size);
}

void format_signed_numbers(TestRun& run) {
  for (uint64_t i = 0; i < 16; ++i) {
    auto value = static_cast<int64_t>(random_number(run.random()));
    if (i % 2 == 1) value = static_cast<int64_t>(0 - static_cast<uint64_t>(value));
    write_signed(run, i, value, {.base = i % 4 < 2 ? 10u : 16u}, buffer_size);
  }
}

// Zero, the largest and the smallest numbers, in an order that the seed chooses.
void format_limits(TestRun& run) {
  uint64_t limits[] = {0, 1, 9, 10, 15, 16, 0x7fff'ffff'ffff'ffff, 0x8000'0000'0000'0000, 0xffff'ffff'ffff'ffff};
  run.random().shuffle(limits);
  for (uint64_t i = 0; i < std::size(limits); ++i) {
    write_unsigned(run, 2 * i, limits[i], {.base = i % 2 == 0 ? 10u : 16u}, buffer_size);
    write_signed(run, 2 * i + 1, static_cast<int64_t>(limits[i]), {}, buffer_size);
  }
}

// Every combination of base, fill and sign, wide and not so wide.
void format_padding(TestRun& run) {
  for (uint64_t i = 0; i < 32; ++i) {
    Random& random = run.random();
    uint64_t width = i < 8 ? 24 + random.below(8) : random.below(24);
    NumberStyle style{
        .base = i % 2 == 0 ? 10u : 16u, .width = static_cast<unsigned>(width), .fill = i / 2 % 2 == 0 ? ' ' : '0'};
    uint64_t value = random_number(random);
    if (i / 4 % 2 == 0) {
      write_unsigned(run, i, value, style, buffer_size);
    } else {
      write_signed(run, i, static_cast<int64_t>(0 - value / 2), style, buffer_size);
    }
  }
}

// A buffer of exactly the right size, one that is a byte too small, and none at all.
void format_room(TestRun& run) {
  for (uint64_t i = 0; i < 12; ++i) {
    uint64_t digits = 1 + run.random().below(16);
    uint64_t value = 0;
    for (uint64_t d = 0; d < digits; ++d) value = value << 4 | (1 + run.random().below(15));
    uint64_t width = run.random().below(2) == 0 ? 0 : digits + run.random().below(4);
    uint64_t needed = width > digits ? width : digits;
    uint64_t room = i % 3 == 0 ? needed : i % 3 == 1 ? needed - 1 : 0;
    write_unsigned(run, i, value, {.base = 16, .width = static_cast<unsigned>(width)}, room);
  }
}

void format_bad_style(TestRun& run) {
  uint64_t value = run.random().next();
  write_unsigned(run, 0, value, {}, buffer_size);
  constexpr unsigned bad_bases[] = {0, 1, 2, 8, 17, 36};
  for (uint64_t i = 0; i < std::size(bad_bases); ++i)
    write_unsigned(run, 1 + i, value, {.base = bad_bases[i]}, buffer_size);
  write_unsigned(run, 7, value, {.width = 30, .fill = 'x'}, buffer_size);
  write_signed(run, 8, static_cast<int64_t>(value), {.width = 30, .fill = '\0'}, buffer_size);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.format_decimal", format_decimal},       {"lab1.format_hex", format_hex},
    {"lab1.format_signed", format_signed_numbers}, {"lab1.format_limits", format_limits},
    {"lab1.format_padding", format_padding},       {"lab1.format_room", format_room},
    {"lab1.format_bad_style", format_bad_style},
};

}  // namespace
}  // namespace strata
