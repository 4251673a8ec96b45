// Many processes, many calls, many handles: all of it ends, nothing is lost, and no call costs more because there are many.
#include "programs/shortest.hpp"

using namespace strata;

namespace {

constexpr uint64_t page = 4096;

SystemInfo system() {
  SystemInfo info;
  (void)sys::sysinfo(&info);
  return info;
}

// What takes as long as before, however many processes sleep and handles there are.
struct Costs {
  uint64_t getpid, getpgid, yield, handle_info, dup_close;
};

Costs measure(uint32_t handle) {
  constexpr int repetitions = 200;
  HandleInfo info;
  int64_t pid = static_cast<int64_t>(sys::getpid().value());
  return {.getpid = shortest(repetitions, [] { (void)sys::getpid(); }),
          .getpgid = shortest(repetitions, [&] { (void)sys::getpgid(pid); }),
          .yield = shortest(repetitions, [] { (void)sys::yield(); }),
          .handle_info = shortest(repetitions, [&] { (void)sys::handle_info(handle, &info); }),
          .dup_close = shortest(repetitions, [] {
            auto copy = sys::dup(handle::standard_output, right::write);
            (void)sys::close(static_cast<uint32_t>(copy.value()));
          })};
}

void say_costs(std::string_view where, uint64_t count, const Costs& it) {
  say("cost: {} {}: getpid {}, getpgid {}, yield {}, handle_info {}, dup_close {}\n", count, where, it.getpid,
      it.getpgid, it.yield, it.handle_info, it.dup_close);
}

// All of them are there before the first one begins to call.
void processes(int count, int calls) {
  SystemInfo before = system();
  auto vmo = sys::share_memory(page);
  auto at = sys::mmap(0, page, right::read | right::write, 0, static_cast<uint32_t>(vmo.value()), 0);
  auto* gate = reinterpret_cast<uint32_t*>(at.value());
  int born = 0, good = 0;
  for (int i = 0; i < count; ++i) {
    auto child = sys::fork();
    if (!child.ok()) break;
    if (child.value() == 0) {
      while (*static_cast<volatile uint32_t*>(gate) == 0) (void)sys::futex_wait(gate, 0, no_timeout);
      for (int call = 0; call < calls; ++call) (void)sys::getpid();
      (void)sys::exit(0);
    }
    ++born;
  }
  (void)sys::sleep(100'000'000);  // until all of them wait
  say_costs("processes", system().processes, measure(handle::standard_output));
  *gate = 1;
  (void)sys::futex_wake(gate, ~0u);
  for (int i = 0; i < born; ++i) good += wait_for(any_child).value_or(1) == 0 ? 1 : 0;
  (void)sys::munmap(at.value(), page);
  (void)sys::close(static_cast<uint32_t>(vmo.value()));
  (void)sys::sleep(50'000'000);
  SystemInfo after = system();
  say("crowd: {} of {} processes ended well; {} calls; {} frames, {} bytes not back\n", good, count,
      after.calls - before.calls, static_cast<int64_t>(before.free_frames - after.free_frames),
      static_cast<int64_t>(after.heap_bytes - before.heap_bytes));
}

void handles(uint64_t count) {
  uint32_t last = handle::standard_output;
  while (last < count) last = static_cast<uint32_t>(sys::dup(handle::standard_output, right::write).value_or(count));
  say_costs("handles", last, measure(last));
}

void one_process(uint64_t count) {
  uint64_t good = 0, pid = sys::getpid().value();
  for (uint64_t i = 0; i < count; ++i) good += sys::getpid().value_or(0) == pid ? 1 : 0;
  say("crowd: {} of {} calls in one process went well\n", good, count);
}

}  // namespace

int main(int, char**) {
  processes(10, 1);
  processes(1000, 1000);
  processes(1000, 1000);
  one_process(1'000'000);
  handles(10);
  handles(60'000);
  return 0;
}
