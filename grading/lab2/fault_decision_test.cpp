// Exercise 2.9: every question there is, in an order that the seed chooses.
#include "mm/fault_decision.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

Perms perms_of(uint64_t bits) {
  return {.write = (bits & 1) != 0, .execute = (bits & 2) != 0, .user = (bits & 4) != 0};
}

// Bits 0..2: what the region allows; 3: write, 4: execute; 5, 6: the page's state.
FaultQuestion question_of(uint64_t number) {
  return {.write = (number & 8) != 0,
          .execute = (number & 16) != 0,
          .has_region = true,
          .allowed = perms_of(number),
          .page = static_cast<PageState>(number >> 5)};
}

void report(TestRun& run, uint64_t index, const FaultQuestion& question) {
  auto answer = decide_fault(question);
  run.seen("outcome", index, answer.error());
  if (!answer.ok()) return;
  Perms perms = answer.value().perms;
  run.seen("action", index, static_cast<uint64_t>(answer.value().action));
  run.seen("perms", index, perms.write + 2u * perms.execute + 4u * perms.user);
}

// All questions about pages in this state.
void ask(TestRun& run, PageState state) {
  uint64_t order[32];
  for (uint64_t i = 0; i < 32; ++i) order[i] = i | static_cast<uint64_t>(state) << 5;
  run.random().shuffle(order);
  for (uint64_t i = 0; i < 32; ++i) report(run, i, question_of(order[i]));
}

void fault_missing(TestRun& run) { ask(run, PageState::Missing); }
void fault_private(TestRun& run) { ask(run, PageState::Private); }
void fault_shared(TestRun& run) { ask(run, PageState::Shared); }

// Without a region, and with a table entry that no CPU should ever see.
void fault_hopeless(TestRun& run) {
  uint64_t order[96];
  for (uint64_t i = 0; i < 96; ++i) order[i] = i;
  run.random().shuffle(order);
  for (uint64_t i = 0; i < 24; ++i) {
    FaultQuestion question = question_of(order[i]);
    question.has_region = i % 3 != 0;
    question.reserved_bit = i % 3 != 1 && run.random().below(2) == 0;
    report(run, i, question);
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.fault_missing", fault_missing},
    {"lab2.fault_private", fault_private},
    {"lab2.fault_shared", fault_shared},
    {"lab2.fault_hopeless", fault_hopeless},
};

}  // namespace
}  // namespace strata
