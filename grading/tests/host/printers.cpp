// One of each type that GDB prints in our way; test_gdb.py stops in look().
#include <string_view>

#include "lib/address.hpp"
#include "lib/error.hpp"
#include "lib/fixed_vector.hpp"
#include "lib/list.hpp"
#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

void span_out_of_range(size_t, size_t) { __builtin_trap(); }

}  // namespace strata

namespace {

using namespace strata;

struct Task {
  int number = 0;
  ListLink<Task> link;
};

void look() { asm volatile("" : : : "memory"); }

}  // namespace

int main() {
  static int numbers[] = {3, 5, 8};
  Result<int> good = 7;
  Result<int> bad = Error::NotFound;
  Result<> nothing;
  Span<int> span(numbers);
  Pa pa{0x1000};
  Va va{0xffff'ffff'8000'0000};
  FixedVector<int, 4> vector;
  (void)vector.push(11), (void)vector.push(12);
  Task first{1, {}}, second{2, {}};
  List<Task, &Task::link> list;
  list.push_back(first), list.push_back(second);
  std::string_view text = "a\nb";
  std::string_view empty;
  look();
  second.link.list = nullptr;
  look();
  return static_cast<int>(good.ok() + bad.ok() + nothing.ok() + span.size() + pa.value + va.value + vector.size() +
                          text.size() + empty.size());
}
