// fork: one process becomes two, with the same memory until one of them writes.
#include "runtime/program.hpp"

using namespace strata;

namespace {
constinit int number = 1;
}

int main(int, char**) {
  auto child = sys::fork();
  if (!child.ok()) return static_cast<int>(child.error());
  if (child.value() == 0) {
    number = 2;
    say("child {} of {}: my number is {}\n", sys::getpid().value(), sys::getppid().value(), number);
    return 7;
  }
  auto status = wait_for(static_cast<int64_t>(child.value()));
  if (!status.ok()) return static_cast<int>(status.error());
  say("parent {}: child {} ended with {}, my number is {}\n", sys::getpid().value(), child.value(), status.value(),
      number);
  return 0;
}
