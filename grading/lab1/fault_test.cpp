// Exercise 1.8: frames drawn from the seed in words.
#include <iterator>

#include "cpu/explain_fault.hpp"
#include "lib/text_buffer.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

void explain(TestRun& run, uint64_t index, uint64_t vector, uint64_t error, uint64_t cr2) {
  TrapFrame frame{};
  frame.vector = vector;
  frame.error = error;
  frame.cs = (error & 4) != 0 ? 0x23 : 8;
  TextBuffer<160> sink;
  run.seen("outcome", index, explain_fault(sink, frame, cr2).error());
  run.seen("text", index, sink.text());
}

void fault_names(TestRun& run) {
  uint64_t named[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 17, 18, 19, 20, 21, 29, 30};
  run.random().shuffle(named);
  for (size_t i = 0; i < std::size(named); ++i) explain(run, i, named[i], 0, 0);
}

void fault_vectors(TestRun& run) {
  for (uint64_t i = 0; i < 6; ++i) explain(run, i, 32 + run.random().below(224), 0, 0);
  explain(run, 6, 9, 0, 0);
  explain(run, 7, 15, 0, 0);
}

void fault_page(TestRun& run) {
  uint64_t mask = run.random().below(32);
  for (uint64_t i = 0; i < 32; ++i) explain(run, i, 14, i ^ mask, run.random().next() >> run.random().below(50));
}

void fault_selector(TestRun& run) {
  for (uint64_t i = 0; i < 24; ++i) {
    uint64_t error = i < 4 ? 0 : (run.random().next() & 0xfff8) | i % 8;
    explain(run, i, 10 + i % 4, error, run.random().next());
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.fault_names", fault_names},
    {"lab1.fault_vectors", fault_vectors},
    {"lab1.fault_page", fault_page},
    {"lab1.fault_selector", fault_selector},
};

}  // namespace
}  // namespace strata
