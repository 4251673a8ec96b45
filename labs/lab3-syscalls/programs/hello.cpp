// The first program: it greets from ring 3, by three calls.
#include "runtime/program.hpp"

using namespace strata;

int main(int, char**) {
  say("hello from ring 3, I am process {}\n", sys::getpid().value());
  return 0;
}
