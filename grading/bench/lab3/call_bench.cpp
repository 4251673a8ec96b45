// Calls, from an instruction of ring 3 to the next one there. What is measured is a program of one page, which leaves what it has
// seen in memory that the benchmark reads afterwards.
#include "../measure.hpp"
#include "mm/clear_frame.hpp"
#include "mm/frames.hpp"
#include "ring3.hpp"

namespace strata {

namespace {

constexpr uint64_t repetitions = 64;
constexpr uint64_t pages_at = 0x3000'0000;
constexpr uint64_t page = 4096;

// --- What stands in the programs' page.

#define IN_PROGRAM [[gnu::always_inline]] inline UNCHECKED

IN_PROGRAM uint64_t bare_call(Sys number) {
  auto rax = static_cast<uint64_t>(number);
  asm volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
  return rax;
}

template <typename Body>
IN_PROGRAM void sample_all(uint64_t* words, Body body) {
  for (uint64_t i = 0; i < repetitions; ++i) {
    uint32_t low, high, low_after, high_after;
    asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
    body(i);
    asm volatile("rdtsc" : "=a"(low_after), "=d"(high_after) : : "memory");
    words[i] = (uint64_t{high_after} << 32 | low_after) - (uint64_t{high} << 32 | low);
  }
  ring3::end();
}

UNCHECKED void call_getpid(uint64_t* words) {
  sample_all(words, [](uint64_t) { bare_call(Sys::getpid); });
}

UNCHECKED void call_by_gate(uint64_t* words) {
  sample_all(words, [](uint64_t) {
    auto rax = static_cast<uint64_t>(Sys::getpid);
    asm volatile("int $0x80" : "+a"(rax) : : "memory");
  });
}

UNCHECKED void call_yield(uint64_t* words) {
  sample_all(words, [](uint64_t) { bare_call(Sys::yield); });
}

UNCHECKED void yield_for_ever(uint64_t*) {
  for (;;) bare_call(Sys::yield);
}

UNCHECKED void fork_and_wait(uint64_t* words) {
  sample_all(words, [](uint64_t) {
    uint64_t child = ring3::call(Sys::fork);
    if (child == 0) ring3::call(Sys::exit);
    ring3::call(Sys::wait, child);
  });
}

UNCHECKED void touch_pages(uint64_t* words) {
  sample_all(words, [](uint64_t i) { *reinterpret_cast<volatile uint64_t*>(pages_at + i * page) = 1; });
}

// --- The benchmarks.

Result<Ring3> program(void (*body)(uint64_t*)) { return Ring3::create(reinterpret_cast<const void*>(body)); }

void take_all(Samples& samples, const Ring3& it) {
  for (uint64_t i = 0; i < repetitions; ++i) samples.note(it.word(i));
}

void measure(TestRun& run, void (*body)(uint64_t*)) {
  Samples samples(run);
  auto made = program(body);
  if (made.ok() && made.value().run().value_or(0) == ring3_ended) take_all(samples, made.value());
}

void syscall_getpid(TestRun& run) { measure(run, call_getpid); }
void syscall_getpid_int80(TestRun& run) { measure(run, call_by_gate); }
void fork_exit_wait(TestRun& run) { measure(run, fork_and_wait); }

void yield_round_trip(TestRun& run) {
  Samples samples(run);
  auto made = program(call_yield), other = program(yield_for_ever);
  if (!made.ok() || !other.ok() || !other.value().start().ok()) return;
  bool ended = made.value().run().value_or(0) == ring3_ended;
  end_process(other.value().process(), 0);
  (void)other.value().wait();
  if (ended) take_all(samples, made.value());
}

void user_page_fault(TestRun& run) {
  Samples samples(run);
  auto made = program(touch_pages);
  auto pages = Vmo::create(repetitions);
  auto frame = allocate_frames();
  if (!made.ok() || !pages.ok() || !frame.ok()) return;
  AddressSpace& space = *made.value().process().space;
  if (!space.map(Va{pages_at}, repetitions, {.write = true, .user = true}, pages.value(), 0).ok()) return;
  if (made.value().run().value_or(0) == ring3_ended) take_all(samples, made.value());
  samples.leave_out([&] { clear_frame(direct_map_as<void>(frame.value())); });
  release_frame(frame.value());
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test benchmarks[] = {
    {"syscall_getpid", syscall_getpid},     {"syscall_getpid_int80", syscall_getpid_int80},
    {"yield_round_trip", yield_round_trip}, {"fork_exit_wait", fork_exit_wait},
    {"user_page_fault", user_page_fault},
};

}  // namespace
}  // namespace strata
