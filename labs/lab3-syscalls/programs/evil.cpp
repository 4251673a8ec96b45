// A program that lies to the kernel about its memory, and then does what no program may do.
#include "runtime/program.hpp"

using namespace strata;

namespace {

void try_write(std::string_view what, uint64_t address, uint64_t size) {
  auto outcome = sys::write(handle::standard_output, reinterpret_cast<const char*>(address), size);
  say("write from {}: {}\n", what, outcome.error());
}

}  // namespace

int main(int, char**) {
  try_write("nowhere", 0, 1);
  try_write("the kernel", 0xffff'ffff'8010'1000, 16);
  try_write("a range that wraps", 0xffff'ffff'ffff'f000, 0x2000);
  try_write("the edge of user space", 0x7fff'ffff'efff, 2);
  say("call 1000: {}\n", result_of(raw_call(1000)).error());
  volatile auto* kernel = reinterpret_cast<volatile uint64_t*>(0xffff'ffff'8010'1000);
  *kernel = 1;
  return 0;
}
