#include "report/tests.hpp"

#include "lib/span.hpp"
#include "report/report.hpp"
#include "report/x86/watchdog.hpp"

namespace strata {

constinit ResourceCounter count_resources = nullptr;
constinit ExactCopy exact_copy = nullptr;

namespace {

extern "C" {
// The linker script's bounds of the section that test files put their tables into.
extern const Test kernel_tests_start[];
extern const Test kernel_tests_end[];
}

// A body runs three times: the first run may fill caches, the second and third must leave equal counts.
constexpr uint64_t runs_of_a_body = 3;

const Test* find_test(std::string_view name) {
  for (const Test& test : Span(kernel_tests_start, static_cast<size_t>(kernel_tests_end - kernel_tests_start))) {
    if (test.name && name == test.name) return &test;  // compilers align arrays to 32: empty entries in between
  }
  return nullptr;
}

void run_test(std::string_view name) {
  const Test* test = find_test(name);
  if (!test) return;  // the host misses its lines
  report::test_begins(name);
  for (uint64_t number = 1; number <= runs_of_a_body; ++number) {
    watchdog::arm();
    TestRun run(Random(report::seed(), name), number == 1);
    test->body(run);
    if (!count_resources) break;
    ResourceCount left = count_resources();
    report::resources(number, left.frames, left.objects);
  }
  report::test_ends(name);
}

}  // namespace

void TestRun::seen(std::string_view key, uint64_t index, uint64_t value) {
  if (reporting_) report::seen(key, index, value);
}

void TestRun::seen(std::string_view key, uint64_t index, std::string_view text) {
  if (reporting_) report::seen(key, index, text);
}

void TestRun::seen(std::string_view key, uint64_t index, Error error) { seen(key, index, name_of(error)); }

[[gnu::noinline]] void witness_point() { asm volatile(""); }

void run_tests() {
  std::string_view left = report::test_list();
  while (!left.empty()) {
    size_t comma = left.find(',');
    size_t length = comma == std::string_view::npos ? left.size() : comma;
    run_test({left.data(), length});
    left.remove_prefix(comma == std::string_view::npos ? length : length + 1);
  }
  watchdog::arm();
  report::end();
}

}  // namespace strata
