// The in-kernel half of the grader: runs the tests that the host asks for. A test is a function that draws inputs from the
// seed, does something with the kernel, and says what it saw; grading/labN/expect.py knows what it should have seen.
//
//     void format_hex(TestRun& run) { ... run.seen("hex", i, text) ... }
//     [[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {{"format_hex", format_hex}};
#pragma once

#include <string_view>

#include "lib/random.hpp"
#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

// What one run of a test body draws from and speaks to.
class TestRun {
 public:
  TestRun(Random random, bool reporting) : random_(random), reporting_(reporting) {}

  Random& random() { return random_; }

  // An observation. Keys with several values count them with `index`.
  void seen(std::string_view key, uint64_t index, uint64_t value);
  void seen(std::string_view key, uint64_t index, std::string_view text);
  void seen(std::string_view key, uint64_t index, Error error);

 private:
  Random random_;
  bool reporting_;
};

struct Test {
  const char* name;
  void (*body)(TestRun&);
};

// What a test must give back, counted before and after; lab 2 fills the slot.
struct ResourceCount {
  uint64_t frames = 0;
  uint64_t objects = 0;
};
using ResourceCounter = ResourceCount (*)();
extern ResourceCounter count_resources;

// A copy of the bytes in memory of exactly their size, aligned as asked, which stays until the program ends. Host tests
// (grading/lab1/host) fill the slot: there a sanitizer sees who leaves such memory. Empty in the kernel.
using ExactCopy = void* (*)(const void* bytes, size_t size, size_t alignment);
extern ExactCopy exact_copy;

// The elements where nobody can go a byte too far unseen; in the kernel, where they are.
template <typename T>
Span<T> exactly(Span<T> elements) {
  if (!exact_copy) return elements;
  return {static_cast<T*>(exact_copy(elements.data(), elements.size() * sizeof(T), alignof(T))), elements.size()};
}

// Does nothing: the host has a breakpoint here and looks at the CPU's registers and tables while the machine stands still.
extern "C" void witness_point();

// Runs the listed tests, in the list's order, each under a new deadline, and closes the report.
void run_tests();

}  // namespace strata
