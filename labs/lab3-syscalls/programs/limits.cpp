// Programs that want everything: the rest of the machine goes on, and what they took comes back.
#include "runtime/program.hpp"

using namespace strata;

namespace {

constexpr uint64_t page = 4096;
constexpr uint32_t read_write = right::read | right::write;

SystemInfo system() {
  SystemInfo info;
  (void)sys::sysinfo(&info);
  return info;
}

// All of them are there before the first one goes.
void crowd(int count) {
  SystemInfo before = system();
  auto vmo = sys::share_memory(page);
  auto at = sys::mmap(0, page, read_write, 0, static_cast<uint32_t>(vmo.value()), 0);
  auto* gate = reinterpret_cast<uint32_t*>(at.value());
  int born = 0;
  for (int i = 0; i < count; ++i) {
    auto child = sys::fork();
    if (!child.ok()) {
      say("crowd: fork {}: {}\n", i, child.error());
      break;
    }
    if (child.value() == 0) {
      while (*static_cast<volatile uint32_t*>(gate) == 0) (void)sys::futex_wait(gate, 0, no_timeout);
      for (int call = 0; call < 1000; ++call) (void)sys::getpid();
      (void)sys::exit(0);
    }
    ++born;
  }
  SystemInfo during = system();
  *gate = 1;
  (void)sys::futex_wake(gate, ~0u);
  for (int i = 0; i < born; ++i) (void)wait_for(any_child);
  (void)sys::munmap(at.value(), page);
  (void)sys::close(static_cast<uint32_t>(vmo.value()));
  SystemInfo after = system();
  say("crowd: {} processes at once, {} frames each; {} calls; {} frames not back\n", during.processes,
      (before.free_frames - during.free_frames) / static_cast<uint64_t>(born), after.calls - before.calls,
      before.free_frames - after.free_frames);
}

// Everything that it starts is of its group, so one call ends it all.
void bomb() {
  SystemInfo before = system();
  auto child = sys::fork();
  if (child.value() == 0) {
    (void)sys::setpgid(0, 0);
    for (;;) (void)sys::fork();
  }
  uint64_t latest = 0;
  for (int i = 0; i < 50; ++i) {
    uint64_t start = sys::clock_get().value();
    (void)sys::sleep(20'000'000);
    uint64_t slept = sys::clock_get().value() - start;
    if (slept > latest) latest = slept;
  }
  say("bomb: who sleeps for 20 ms is back after {} ms at the latest\n", latest / 1'000'000);
  SystemInfo during = system();
  auto here = sys::fork();
  say("bomb: {} processes; a new one: {}\n", during.processes, here.error());
  if (here.value_or(1) == 0) (void)sys::exit(0);
  auto killed = sys::kill(-static_cast<int64_t>(child.value()), signal::kill);
  while (wait_for(any_child).ok()) continue;
  (void)sys::sleep(1'000'000'000);
  SystemInfo after = system();
  say("bomb: killed: {}, {} processes, {} frames not back\n", killed.error(), after.processes,
      before.free_frames - after.free_frames);
}

void hogs(int count) {
  SystemInfo before = system();
  for (int i = 0; i < count; ++i) {
    if (sys::fork().value_or(1) != 0) continue;
    for (;;) {
      auto at = sys::mmap(0, 64 * page, read_write, 0, 0, 0);
      if (!at.ok()) (void)sys::exit(static_cast<int32_t>(at.error()));
      for (uint64_t offset = 0; offset < 64 * page; offset += page)
        *reinterpret_cast<volatile char*>(at.value() + offset) = 1;
    }
  }
  int limited = 0, ended = 0;
  for (int i = 0; i < count; ++i) {
    int32_t status = wait_for(any_child).value_or(0);
    if (status == static_cast<int32_t>(Error::OutOfMemory))
      ++limited;
    else
      ++ended;
  }
  SystemInfo after = system();
  say("hogs: {} met the limit, {} were ended; {} frames not back\n", limited, ended,
      before.free_frames - after.free_frames);
}

void handle_hog() {
  uint64_t count = 0;
  for (;;) {
    auto more = sys::dup(handle::standard_output, right::write);
    if (!more.ok()) {
      say("handles: {} and then {}\n", count, more.error());
      break;
    }
    ++count;
  }
  uint64_t start = read_time_stamp();
  auto revoked = sys::revoke(handle::standard_output);
  say("revoked: {}, {} a handle\n", revoked.error(), (read_time_stamp() - start) / count);
}

}  // namespace

int main(int, char**) {
  crowd(1000);
  handle_hog();
  hogs(4);
  bomb();
  return 0;
}
