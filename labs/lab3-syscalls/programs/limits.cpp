// Programs that want everything. Beside them somebody else wants to run every 20 ms; behind them all is as it was.
#include "runtime/program.hpp"

using namespace strata;

namespace {

constexpr uint64_t page = 4096;
constexpr uint32_t read_write = right::read | right::write;
constexpr uint64_t period = 20'000'000;

SystemInfo system() {
  SystemInfo info;
  (void)sys::sysinfo(&info);
  return info;
}

// In memory that it shares with us: by how much it was ever too late.
struct Ticker {
  uint64_t turns, latest;
};

[[noreturn]] void tick(volatile Ticker& ticker) {
  for (;;) {
    uint64_t start = sys::clock_get().value();
    (void)sys::sleep(period);
    uint64_t late = sys::clock_get().value() - start - period;
    if (late > ticker.latest) ticker.latest = late;
    ticker.turns = ticker.turns + 1;
  }
}

// All its members are of its group, so one call ends them all.
template <typename Body>
int64_t start_gang(Body body) {
  auto child = sys::fork();
  if (child.value_or(1) == 0) {
    (void)sys::setpgid(0, 0);
    body();
  }
  return static_cast<int64_t>(child.value_or(0));
}

void end_gang(int64_t leader) {
  (void)sys::kill(-leader, signal::kill);
  (void)wait_for(leader);
}

// Its limit as an error. In it `ended` of its processes got another end.
struct Met {
  Error limit = Error::Success;
  int ended = 0;
};

template <typename Hog>
void beside_ticker(std::string_view name, Ticker& ticker, Hog hog) {
  SystemInfo before = system();
  ticker = {};
  int64_t ticking = start_gang([&] { tick(ticker); });
  Met met = hog();
  end_gang(ticking);
  auto another = spawn("bin/echo", {}, {});
  bool starts = another.ok() && wait_for(static_cast<int64_t>(another.value())).ok();
  for (int i = 0; i < 200 && system().processes > before.processes; ++i) (void)sys::sleep(period);
  (void)sys::sleep(5 * period);
  SystemInfo after = system();
  say("limits: {}: {}, {} ended; {} ticks, {} us late; another program {}; {} processes, {} frames, {} bytes not "
      "back\n",
      name, met.limit, met.ended, ticker.turns, ticker.latest / 1000, starts ? "starts" : "does not start",
      after.processes - before.processes, static_cast<int64_t>(before.free_frames - after.free_frames),
      static_cast<int64_t>(after.heap_bytes - before.heap_bytes));
}

Met bomb() {
  int64_t leader = start_gang([] {
    for (;;) (void)sys::fork();
  });
  (void)sys::sleep(25 * period);
  auto here = sys::fork();
  if (here.value_or(1) == 0) (void)sys::exit(0);
  end_gang(leader);
  if (here.ok()) (void)wait_for(static_cast<int64_t>(here.value()));
  return {here.error()};
}

Met memory_hogs() {
  constexpr int count = 4;
  for (int i = 0; i < count; ++i) {
    if (sys::fork().value_or(1) != 0) continue;
    for (;;) {
      auto at = sys::mmap(0, 64 * page, read_write, 0, 0, 0);
      if (!at.ok()) (void)sys::exit(static_cast<int32_t>(at.error()));
      for (uint64_t offset = 0; offset < 64 * page; offset += page)
        *reinterpret_cast<volatile char*>(at.value() + offset) = 1;
    }
  }
  Met met;
  for (int i = 0; i < count; ++i) {
    int32_t status = wait_for(any_child).value_or(0);
    if (status == static_cast<int32_t>(Error::OutOfMemory))
      met.limit = Error::OutOfMemory;
    else
      ++met.ended;
  }
  return met;
}

Met handle_hog() {
  auto child = sys::fork();
  if (child.value_or(1) == 0) {
    for (;;) {
      auto more = sys::dup(handle::standard_output, right::write);
      if (more.ok()) continue;
      (void)sys::revoke(handle::standard_output);
      (void)sys::exit(static_cast<int32_t>(more.error()));
    }
  }
  return {static_cast<Error>(wait_for(static_cast<int64_t>(child.value())).value_or(0))};
}

// Says a lot at once.
Met console_hog() {
  auto child = sys::fork();
  if (child.value_or(1) == 0) {
    constexpr uint64_t much = 256 * page;
    auto at = sys::mmap(0, much, right::read, 0, 0, 0);
    for (uint64_t said = 0; said < 128 * page;) {
      auto some = sys::write(handle::standard_output, reinterpret_cast<const char*>(at.value()), much);
      if (!some.ok()) (void)sys::exit(static_cast<int32_t>(some.error()));
      said += some.value();
    }
    say("\n");
    (void)sys::exit(0);
  }
  return {static_cast<Error>(wait_for(static_cast<int64_t>(child.value())).value_or(0))};
}

Met runaway_loops() {
  int64_t leader = start_gang([] {
    for (int i = 0; i < 7; ++i) {
      if (sys::fork().value_or(0) == 0) break;
    }
    for (;;) pause();  // without it an emulator that counts instructions gives the other CPUs a turn once a tick only
  });
  (void)sys::sleep(25 * period);
  end_gang(leader);
  return {};
}

}  // namespace

int main(int, char**) {
  auto vmo = sys::share_memory(page);
  auto at = sys::mmap(0, page, read_write, 0, static_cast<uint32_t>(vmo.value_or(0)), 0);
  if (!at.ok()) return static_cast<int>(at.error());
  auto& ticker = *reinterpret_cast<Ticker*>(at.value());
  beside_ticker("nothing", ticker, [] {
    (void)sys::sleep(25 * period);
    return Met{};
  });
  beside_ticker("runaway loops", ticker, runaway_loops);
  beside_ticker("console hog", ticker, console_hog);
  beside_ticker("handle hog", ticker, handle_hog);
  beside_ticker("memory hogs", ticker, memory_hogs);
  beside_ticker("fork bomb", ticker, bomb);
  return 0;
}
