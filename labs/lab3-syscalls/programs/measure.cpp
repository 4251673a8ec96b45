// How many instructions a call takes, from user code to user code (under -icount shift=0 the TSC counts instructions).
#include "programs/shortest.hpp"

using namespace strata;

namespace {

constexpr int repetitions = 1000;

// With nothing in a register but the number.
uint64_t bare_call(Sys call) { return call_by_syscall(static_cast<uint64_t>(call)); }

void fork_exit_wait() {
  auto child = sys::fork();
  if (!child.ok()) return;
  if (child.value() == 0) (void)sys::exit(0);
  (void)sys::wait(static_cast<int64_t>(child.value()), nullptr, 0);
}

}  // namespace

int main(int, char**) {
  uint64_t nothing = shortest(repetitions, [] {});
  say("measure: getpid {}", shortest(repetitions, [] { bare_call(Sys::getpid); }) - nothing);
  say(", int80 {}", shortest(repetitions, [] { call_by_interrupt(static_cast<uint64_t>(Sys::getpid)); }) - nothing);
  say(", yield alone {}", shortest(repetitions, [] { bare_call(Sys::yield); }) - nothing);
  auto child = sys::fork();
  if (child.ok() && child.value() == 0) {
    for (;;) bare_call(Sys::yield);
  }
  say(", yield round trip {}", shortest(repetitions, [] { bare_call(Sys::yield); }) - nothing);
  (void)sys::kill(static_cast<int64_t>(child.value()), signal::kill);
  (void)sys::wait(any_child, nullptr, 0);
  say(", fork_exit_wait {}", shortest(50, fork_exit_wait) - nothing);
  auto memory = sys::mmap(0, 4096 * 64, right::read | right::write, 0, 0, 0);
  uint64_t at = memory.value();
  say(", first touch {}\n", shortest(60, [&] {
                              *reinterpret_cast<volatile char*>(at) = 1;
                              at += 4096;
                            }) - nothing);
  return 0;
}
