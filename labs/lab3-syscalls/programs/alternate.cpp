// Two processes that make way for each other: A and B alternate.
#include "runtime/program.hpp"

using namespace strata;

int main(int, char**) {
  constexpr int rounds = 5;
  auto child = sys::fork();
  if (!child.ok()) return static_cast<int>(child.error());
  const char* letter = child.value() == 0 ? "B" : "A";
  for (int i = 0; i < rounds; ++i) {
    write_text(handle::standard_output, letter);
    (void)sys::yield();
  }
  if (child.value() == 0) return 0;
  auto status = wait_for(static_cast<int64_t>(child.value()));
  write_text(handle::standard_output, "\n");
  return status.ok() ? 0 : static_cast<int>(status.error());
}
