// Everything at once, so that what is lost shows: many processes, handles, mappings, sleepers, threads on a futex.
#include "runtime/program.hpp"

using namespace strata;

namespace {

constexpr uint64_t page = 4096;
constexpr uint32_t read_write = right::read | right::write;

void check(std::string_view what, bool good) {
  if (!good) say("stress: {} went wrong\n", what);
}

void many_processes(int count) {
  int born = 0;
  for (int i = 0; i < count; ++i) {
    auto child = sys::fork();
    if (!child.ok()) {
      say("stress: fork {}: {}\n", i, child.error());
      break;
    }
    if (child.value() == 0) {
      for (int call = 0; call < 100; ++call) (void)sys::getpid();
      (void)sys::yield();
      (void)sys::exit(i);
    }
    ++born;
  }
  int64_t sum = 0;
  for (int i = 0; i < born; ++i) {
    auto status = wait_for(any_child);
    check("wait", status.ok());
    sum += status.value();
  }
  check("sum of the statuses", sum == static_cast<int64_t>(born) * (born - 1) / 2);
  check("no child is left", wait_for(any_child).error() == Error::NotFound);
}

void many_handles(int count) {
  for (int i = 0; i < count; ++i) check("dup", sys::dup(handle::standard_output, right::write).ok());
  check("revoke", sys::revoke(handle::standard_output).ok());
  check("a revoked handle", sys::close(4).error() == Error::InvalidHandle);
  check("the lowest one", sys::dup(handle::standard_output, right::write).value_or(0) == 4);
  (void)sys::close(4);
}

void memory() {
  auto at = sys::mmap(0, 64 * page, read_write, 0, 0, 0);
  check("mmap", at.ok());
  auto* bytes = reinterpret_cast<volatile char*>(at.value());
  for (uint64_t i = 0; i < 64; ++i) bytes[i * page] = static_cast<char>(i);
  check("mprotect", sys::mprotect(at.value() + 16 * page, 16 * page, right::read).ok());
  check("write to what is read-only",
        sys::handle_info(1, reinterpret_cast<HandleInfo*>(at.value() + 16 * page)).error() == Error::BadAddress);
  check("write across its edge",
        sys::handle_info(1, reinterpret_cast<HandleInfo*>(at.value() + 16 * page - 8)).error() == Error::BadAddress);
  check("munmap", sys::munmap(at.value(), 64 * page).ok());
  check("too much", sys::mmap(0, 1ull << 40, read_write, 0, 0, 0).error() == Error::OutOfMemory);
}

void shared_memory() {
  auto vmo = sys::share_memory(page);
  check("share_memory", vmo.ok());
  auto at = sys::mmap(0, page, read_write, 0, static_cast<uint32_t>(vmo.value()), 0);
  auto* word = reinterpret_cast<volatile uint32_t*>(at.value());
  auto child = sys::fork();
  if (child.value() == 0) {
    (void)sys::sleep(20'000'000);
    *word = 5;
    (void)sys::futex_wake(reinterpret_cast<const uint32_t*>(at.value()), 1);
    (void)sys::exit(0);
  }
  while (*word == 0) (void)sys::futex_wait(reinterpret_cast<const uint32_t*>(at.value()), 0, no_timeout);
  check("the child's write", *word == 5);
  (void)wait_for(any_child);
  check("a timeout",
        sys::futex_wait(reinterpret_cast<const uint32_t*>(at.value()), 5, 15'000'000).error() == Error::Timeout);
  check("munmap", sys::munmap(at.value(), page).ok() && sys::close(static_cast<uint32_t>(vmo.value())).ok());
}

constinit uint32_t finished = 0;
alignas(16) char thread_stack[4096];

void thread_body(void*) {
  finished = 1;
  (void)sys::futex_wake(&finished, 1);
  for (;;) (void)sys::sleep(1'000'000'000);
}

void threads() {
  ThreadStart start{reinterpret_cast<uint64_t>(thread_body),
                    reinterpret_cast<uint64_t>(thread_stack + sizeof thread_stack - 8), 0, 0};
  auto thread = sys::create(static_cast<uint32_t>(ObjectType::Thread), reinterpret_cast<uint64_t>(&start));
  check("create", thread.ok());
  while (*const_cast<volatile uint32_t*>(&finished) == 0) (void)sys::futex_wait(&finished, 0, no_timeout);
  check("exec with two threads", exec("bin/hello").error() == Error::Busy);
}

// A child gets a handle while it waits for it.
void granting() {
  auto vmo = sys::share_memory(page);
  auto child = sys::fork();
  if (child.value() == 0) {
    HandleInfo info;
    while (!sys::handle_info(10, &info).ok()) (void)sys::sleep(10'000'000);
    (void)sys::exit(info.type == static_cast<uint32_t>(ObjectType::Vmo) && info.rights == right::read ? 0 : 1);
  }
  auto process = sys::create(static_cast<uint32_t>(ObjectType::Process), child.value());
  uint64_t given = 0;
  while (given < 10) {
    auto next = sys::grant(static_cast<uint32_t>(process.value()), static_cast<uint32_t>(vmo.value()), right::read);
    check("grant", next.ok());
    if (!next.ok()) break;
    given = next.value();
  }
  check("a granted handle", wait_for(any_child).value_or(1) == 0);
  check("a process that has ended",
        sys::grant(static_cast<uint32_t>(process.value()), handle::standard_output, 0).error() == Error::ObjectGone);
  (void)sys::close(static_cast<uint32_t>(process.value()));
  (void)sys::close(static_cast<uint32_t>(vmo.value()));
  check("a process of nobody's",
        sys::create(static_cast<uint32_t>(ObjectType::Process), 999'999).error() == Error::NotFound);
}

void programs() {
  constexpr std::string_view words("echo\0two\0words\0", 15);
  constexpr uint32_t handles[] = {1, 2, 3};
  auto child = spawn("bin/echo", words, handles);
  check("spawn", child.ok());
  check("its status", wait_for(static_cast<int64_t>(child.value_or(0))).value_or(0) == 3);
  check("a path that is not there", spawn("bin/nothing", words, handles).error() == Error::NotFound);
  check("a file that is no program", spawn("version", words, handles).error() == Error::InvalidArgument);
  check("arguments without their end",
        spawn("bin/echo", words.substr(0, 14), handles).error() == Error::InvalidArgument);
  constexpr uint32_t no_handle[] = {77};
  check("a handle that is none", spawn("bin/echo", words, no_handle).error() == Error::InvalidHandle);
  child = sys::fork();
  if (child.value() == 0) (void)sys::exit(static_cast<int32_t>(exec("bin/echo", words).error()));
  check("exec", wait_for(any_child).value_or(0) == 3);
}

void kills() {
  auto child = sys::fork();
  if (child.value() == 0) {
    for (;;) pause();
  }
  (void)sys::sleep(30'000'000);
  check("kill", sys::kill(static_cast<int64_t>(child.value()), signal::kill).ok());
  check("status of a killed one", wait_for(any_child).value_or(0) == end_status::killed);
  child = sys::fork();
  if (child.value() == 0) (void)sys::exit(exec("bin/hello").ok() ? 0 : 1);
  check("exec", wait_for(any_child).value_or(1) == 0);
}

}  // namespace

int main(int, char**) {
  SystemInfo before, after;
  (void)sys::sysinfo(&before);
  many_processes(300);
  many_handles(1000);
  memory();
  shared_memory();
  granting();
  programs();
  kills();
  (void)sys::sysinfo(&after);
  say("stress: {} calls, {} of {} frames free, {} fewer than before\n", after.calls, after.free_frames,
      after.total_frames, before.free_frames - after.free_frames);
  threads();
  return 0;
}
