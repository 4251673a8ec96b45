// Undefined behaviour of every kind, each in a test of its own; built with SAN=1. test_sanitizer.py finds the lines by name.
#include <iterator>

#include "cpu/attempt.hpp"
#include "cpu/x86/machine.hpp"
#include "report/report.hpp"

extern "C" void start_stage();

namespace {

// What no compiler can see through.
constinit volatile int zero = 0, one = 1, minus_one = -1, thirty_two = 32;
constinit volatile int largest = INT32_MAX, smallest = INT32_MIN;
constinit volatile int64_t smallest_long = INT64_MIN;
constinit volatile uint64_t half = 1ull << 63;
constinit volatile uint8_t two = 2;
constinit int numbers[4] = {1, 2, 3, 4};
constinit const char* volatile no_memory = nullptr;
alignas(64) constinit const char letters[16] = "on a cache line";
constinit const char* volatile memory = letters;

// Where results go, so that they are computed.
constinit const char* volatile taken = nullptr;
constinit volatile int result = 0;
constinit volatile int64_t long_result = 0;

// Findings in these stand in their lines.
[[gnu::noinline]] int number_at(const char* place) { return *reinterpret_cast<const int*>(place); }  // "number"
template <int n>
[[gnu::noinline]] void adds() {
  result = largest + n;  // "many times"
}
[[gnu::noinline, gnu::nonnull]] void takes(const char* place) { taken = place; }
[[gnu::noinline, gnu::returns_nonnull]] const char* gives() { return no_memory; }  // "null result"
[[gnu::noinline]] int gives_nothing(int) {}                                        // "no result"
[[gnu::noinline]] void keeps(size_t size) {
  char room[size];  // "length"
  takes(room);
}

struct Case {
  const char* name;
  void (*body)();
};

constexpr Case cases[] = {
    {"add", [] { result = largest + one; }},
    {"subtract", [] { long_result = smallest_long - one; }},
    {"multiply", [] { result = largest * thirty_two; }},
    {"negate", [] { result = -smallest; }},
    {"divide", [] { result = smallest / minus_one; }},
    {"divide by zero", [] { result = one / zero; }},
    {"shift", [] { result = one << thirty_two; }},
    {"shift back", [] { result = one >> minus_one; }},
    {"shift long", [] { long_result = static_cast<int64_t>(half << (thirty_two + thirty_two)); }},
    {"index", [] { result = numbers[zero + 4]; }},
    {"negative index", [] { result = numbers[minus_one]; }},
    {"bool", [] { result = *reinterpret_cast<volatile bool*>(const_cast<uint8_t*>(&two)); }},
    {"null", [] { result = number_at(no_memory); }},
    {"misaligned", [] { result = number_at(memory + one); }},
    {"pointer", [] { taken = memory + (half - 1); }},
    {"null argument", [] { takes(no_memory); }},
    {"null result", [] { taken = gives(); }},
    {"zeros", [] { result = __builtin_clz(static_cast<unsigned>(zero)); }},
    {"length", [] { keeps(static_cast<size_t>(zero)); }},
    {"promise", [] { taken = static_cast<const char*>(__builtin_assume_aligned(letters + one, 64)); }},
    {"unreachable", [] { one == 1 ? __builtin_unreachable() : void(); }},
    {"no result", [] { result = gives_nothing(one); }},
    {"two in a line", [] { long_result = (largest + one) + (smallest - one); }},
    {"nothing", [] { result = one + one; }},
    {"many times", [] { adds<1>(), adds<1>(), adds<2>(); }},
};

}  // namespace

extern "C" void kernel_main(uint32_t, uint32_t) {
  namespace report = strata::report;
  report::start();
  result = largest + one;  // "before the console"
  start_stage();
  for (const Case& it : cases) {
    report::test_begins(it.name);
    strata::attempt([](void* chosen) { static_cast<const Case*>(chosen)->body(); }, const_cast<Case*>(&it));
    report::test_ends(it.name);
  }
  report::end();
  strata::end_machine(strata::MachineEnd::Finished);
}
