#include "report/report.hpp"

#include "lib/span.hpp"
#include "report/x86/fw_cfg.hpp"
#include "report/x86/report_port.hpp"
#include "report/x86/watchdog.hpp"

namespace strata::report {

namespace {

constinit char nonce_buffer[17];
constinit char seed_buffer[21];
constinit char tests_buffer[4096];
constinit std::string_view nonce = "-";
constinit std::string_view tests;
constinit uint64_t run_seed = 0;
constinit uint64_t sequence = 0;
constinit uint64_t begun = 0;

// The exercises that were reported as missing: each once a test, and once before the first test.
constexpr size_t most_exercises = 64;
constinit std::string_view reported[most_exercises];
constinit size_t reported_count = 0;

void put(std::string_view text) {
  for (char c : text) report_port::put(c);
}

void put_decimal(uint64_t value) {
  uint64_t unit = 1;
  while (value / unit >= 10) unit *= 10;
  for (; unit > 0; unit /= 10) report_port::put(static_cast<char>('0' + value / unit % 10));
}

char hex_digit(uint64_t nibble) { return "0123456789abcdef"[nibble & 15]; }

void put_hex(uint64_t value) {
  put("0x");
  int shift = 60;
  while (shift > 0 && (value >> shift) == 0) shift -= 4;
  for (; shift >= 0; shift -= 4) report_port::put(hex_digit(value >> shift));
}

// Quoted, so that any byte can be seen and none can end the line.
void put_quoted(std::string_view text) {
  put("\"");
  for (char c : text) {
    auto byte = static_cast<uint8_t>(c);
    if (c == '"' || c == '\\' || byte < 0x20 || byte > 0x7e) {
      put("\\x");
      report_port::put(hex_digit(byte >> 4));
      report_port::put(hex_digit(byte));
    } else {
      report_port::put(c);
    }
  }
  put("\"");
}

void begin_line(std::string_view kind) {
  put(nonce);
  put(" ");
  put_decimal(sequence++);
  put(" ");
  put(kind);
}

void end_line() { put("\n"); }

void put_key(std::string_view key, uint64_t index) {
  begin_line("seen ");
  put(key);
  put(".");
  put_decimal(index);
  put(" ");
}

void text_line(std::string_view kind, std::string_view text) {
  begin_line(kind);
  put(" ");
  put(text);
  end_line();
}

uint64_t parse_decimal(std::string_view text) {
  uint64_t value = 0;
  for (char c : text) {
    if (c >= '0' && c <= '9') value = value * 10 + static_cast<uint64_t>(c - '0');
  }
  return value;
}

bool reported_already(std::string_view exercise) {
  for (std::string_view earlier : Span<const std::string_view>(reported, reported_count)) {
    if (earlier == exercise) return true;
  }
  if (reported_count < most_exercises) reported[reported_count++] = exercise;
  return false;
}

}  // namespace

void start() {
  report_port::start();
  auto given = fw_cfg::read("opt/org.strata/nonce", nonce_buffer);
  if (!given.empty()) nonce = given;
  run_seed = parse_decimal(fw_cfg::read("opt/org.strata/seed", seed_buffer));
  tests = fw_cfg::read("opt/org.strata/tests", tests_buffer);
  if (graded()) watchdog::arm();
  begin_line("entered");
  end_line();
}

bool graded() { return !tests.empty(); }
uint64_t seed() { return run_seed; }
std::string_view test_list() { return tests; }

void test_begins(std::string_view name) {
  ++begun;
  reported_count = 0;
  text_line("test", name);
}

uint64_t tests_begun() { return begun; }

void test_ends(std::string_view name) { text_line("done", name); }

void seen(std::string_view key, uint64_t index, uint64_t value) {
  put_key(key, index);
  put_hex(value);
  end_line();
}

void seen(std::string_view key, uint64_t index, std::string_view text) {
  put_key(key, index);
  put_quoted(text);
  end_line();
}

void resources(uint64_t run, uint64_t frames, uint64_t objects) {
  begin_line("resources");
  for (uint64_t value : {run, frames, objects}) {
    put(" ");
    put_decimal(value);
  }
  end_line();
}

void missing(std::string_view exercise) {
  if (!reported_already(exercise)) text_line("missing", exercise);
}

void undefined(std::string_view finding) {
  begin_line("undefined ");
  put_quoted(finding);
  end_line();
}

void panic(std::string_view reason, uint64_t place) {
  begin_line("panic ");
  put_quoted(reason);
  put(" ");
  put_hex(place);
  end_line();
}

void end() {
  uint64_t count = sequence;
  begin_line("end ");
  put_decimal(count);
  end_line();
}

}  // namespace strata::report
