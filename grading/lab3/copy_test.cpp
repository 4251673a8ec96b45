// Exercise 3.5: copying from and to a simulated process, whose pages are there, come when asked for, or never.
#include "user/copy.hpp"
#include "mm/address_space.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr uint64_t page = 4096, pages = 4, words = pages * page / 8;
constexpr uint64_t end_of_space = 0x7fff'ffff'f000;

enum class State : uint8_t { Missing, ReadOnly, Writable };

// The process's four pages. `now` is what an access finds, `allowed` what resolving makes of it; `error` is what it says otherwise.
struct Simulated {
  uint64_t base = 0;
  uint64_t memory[words] = {};
  State now[pages] = {}, allowed[pages] = {};
  Error error = Error::BadAddress;
  uint64_t in_vain_from = pages;  // resolving this page and those behind it succeeds and helps nothing
  uint64_t resolved = 0, trace = 0, escaped = 0;
};
constinit Simulated user;
constinit uint64_t kernel_words[words];

bool allows(State state, bool write) { return state == State::Writable || (state == State::ReadOnly && !write); }

bool in_user_space(uint64_t address) { return address >= page && address < end_of_space; }

uint64_t simulated_copy(void* to, const void* from, uint64_t bytes) {
  uint64_t place = reinterpret_cast<uint64_t>(to) - reinterpret_cast<uint64_t>(kernel_words);
  bool write = place >= sizeof kernel_words;
  uint64_t address = write ? reinterpret_cast<uint64_t>(to) : reinterpret_cast<uint64_t>(from);
  auto* kernel = write ? const_cast<char*>(static_cast<const char*>(from)) : static_cast<char*>(to);
  for (; bytes > 0; --bytes, ++address, ++kernel) {
    if (!in_user_space(address)) ++user.escaped;
    uint64_t offset = address - user.base;
    if (offset >= pages * page || !allows(user.now[offset / page], write)) return bytes;
    char& byte = reinterpret_cast<char*>(user.memory)[offset];
    (write ? byte : *kernel) = write ? *kernel : byte;
  }
  return 0;
}

Result<> simulated_resolve(uint64_t address, bool write) {
  if (++user.resolved > 50) return Error::OutOfMemory;
  if (!in_user_space(address)) ++user.escaped;
  uint64_t number = (address - user.base) / page;
  user.trace = user.trace * 31 + number * 2 + write;
  if (number >= pages || !allows(user.allowed[number], write)) return user.error;
  if (number < user.in_vain_from) user.now[number] = user.allowed[number];
  return {};
}

// The slots are given back at the end.
class Simulation {
 public:
  explicit Simulation(Random& random, uint64_t base) : before_(user_memory) {
    user.base = base;
    for (uint64_t& word : user.memory) word = random.next();
    for (uint64_t& word : kernel_words) word = random.next();
    set(State::Writable, State::Writable);
    user.in_vain_from = pages;
    user_memory = {simulated_copy, simulated_resolve};
    begin();
  }
  ~Simulation() { user_memory = before_; }

  static void set(State now, State allowed) {
    for (State& state : user.now) state = now;
    for (State& state : user.allowed) state = allowed;
  }
  static void begin() { user.resolved = user.trace = user.escaped = 0; }

 private:
  UserMemory before_;
};

uint64_t draw_base(Random& random) { return (1 + random.below((end_of_space >> 12) - pages - 1)) * page; }

uint64_t sum_of(const uint64_t (&memory)[words]) {
  uint64_t sum = 0;
  for (uint64_t word : memory) sum = sum * 31 + word;
  return sum;
}

// A range inside of the four pages, and a place in the kernel's words.
struct Range {
  uint64_t offset, bytes, place;
  bool write;
};

Range draw_range(Random& random, uint64_t i) {
  Range it = {};
  it.bytes = i % 4 == 0 ? 1 + random.below(16) : 1 + random.below(pages * page);
  it.offset = random.below(pages * page - it.bytes + 1);
  it.place = random.below(pages * page - it.bytes + 1);
  it.write = random.below(2) == 1;
  return it;
}

Error copy(const Range& it) {
  auto* kernel = reinterpret_cast<char*>(kernel_words) + it.place;
  auto outcome = it.write ? copy_to_user(user.base + it.offset, kernel, it.bytes)
                          : copy_from_user(kernel, user.base + it.offset, it.bytes);
  return outcome.error();
}

void say_contents(TestRun& run, uint64_t i) {
  run.seen("user", i, sum_of(user.memory));
  run.seen("kernel", i, sum_of(kernel_words));
}

void copy_pages(TestRun& run) {
  uint64_t base = draw_base(run.random());
  Simulation simulation(run.random(), base);
  for (uint64_t i = 0; i < 12; ++i) {
    run.seen("outcome", i, copy(draw_range(run.random(), i)));
    say_contents(run, i);
  }
  run.seen("resolved", 0, user.resolved);
}

// Pages that come when they are asked for, each when the copying has come to it.
void copy_missing(TestRun& run) {
  uint64_t base = draw_base(run.random());
  Simulation simulation(run.random(), base);
  for (uint64_t i = 0; i < 12; ++i) {
    for (State& state : user.now) state = run.random().below(3) == 0 ? State::Writable : State::Missing;
    Simulation::begin();
    run.seen("outcome", i, copy(draw_range(run.random(), i)));
    say_contents(run, i);
    run.seen("resolved", i, user.resolved);
    run.seen("which", i, user.trace);
  }
}

// A page that may only be read is written to when it has become writable, and not before.
void copy_read_only(TestRun& run) {
  uint64_t base = draw_base(run.random());
  Simulation simulation(run.random(), base);
  for (uint64_t i = 0; i < 8; ++i) {
    Simulation::set(State::ReadOnly, i % 2 == 0 ? State::Writable : State::ReadOnly);
    user.error = Error::PermissionDenied;
    Simulation::begin();
    Range range = draw_range(run.random(), i);
    range.write = i % 4 < 2;
    run.seen("outcome", i, copy(range));
    say_contents(run, i);
    run.seen("which", i, user.trace);
  }
}

// One of the pages can never be accessed; what stands behind it stays as it was.
void copy_fails(TestRun& run) {
  uint64_t base = draw_base(run.random());
  Simulation simulation(run.random(), base);
  constexpr Error errors[] = {Error::BadAddress, Error::PermissionDenied, Error::OutOfMemory};
  for (uint64_t i = 0; i < 9; ++i) {
    uint64_t bad = 1 + run.random().below(3), bytes = bad * page + 1 + run.random().below(page);
    Simulation::set(State::Missing, State::Writable);
    user.allowed[bad] = State::Missing;
    user.error = errors[i % 3];
    bool write = run.random().below(2) == 1;
    run.seen("outcome", i, copy({0, bytes, 0, write}));
    const uint64_t* changed = write ? user.memory : kernel_words;
    run.seen("first", i, changed[0]);
    run.seen("behind", i, changed[bad * page / 8]);
    Simulation::set(State::Writable, State::Writable);
    run.seen("again", i, copy({0, bytes, 0, write}));
    say_contents(run, i);
  }
}

// Resolving says that all is well, and nothing is.
void copy_in_vain(TestRun& run) {
  uint64_t base = draw_base(run.random());
  Simulation simulation(run.random(), base);
  for (uint64_t i = 0; i < 4; ++i) {
    Range range = draw_range(run.random(), i);
    run.seen("possible", i, copy(range));
    Simulation::set(State::Missing, State::Writable);
    user.in_vain_from = i % 2 == 0 ? 0 : (range.offset + range.bytes - 1) / page;
    Simulation::begin();
    run.seen("outcome", i, copy(range));
    user.in_vain_from = pages;
    Simulation::set(State::Writable, State::Writable);
  }
}

struct Edge {
  uint64_t address, bytes;
};

void copy_refused(TestRun& run) {
  uint64_t base = end_of_space - pages * page, some = 1 + run.random().below(1000);
  Simulation simulation(run.random(), base);
  Edge edges[] = {
      {end_of_space - some, some},
      {end_of_space - some, some + 1},
      {end_of_space - 1, 2},
      {end_of_space, 1},
      {end_of_space, page},
      {0x7fff'ffff'ffff, 1},
      {0x8000'0000'0000, some},
      {0xffff'8000'0000'0000, some},
      {0xffff'ffff'8010'0000 + some, 8},
      {~0ull, 1},
      {~0ull, 2},
      {0 - some, some},
      {0 - some, some + 16},
      {base, 0 - base},
      {base, 0 - base + page},
      {base + some, ~0ull},
      {end_of_space - page, 0x8000'0000'0000},
      {0, 1},
      {0, some},
      {page - 1, 1},
      {page - some, some + 1},
      {0, 0},
      {end_of_space, 0},
      {0xffff'ffff'8010'0000 + some, 0},
      {~0ull, 0},
      {base + some, 0},
  };
  run.random().shuffle(edges);
  for (uint64_t i = 0; i < sizeof edges / sizeof edges[0]; ++i) {
    const auto& [address, bytes] = edges[i];
    bool write = run.random().below(2) == 1;
    Simulation::begin();
    auto outcome = write ? copy_to_user(address, kernel_words, bytes) : copy_from_user(kernel_words, address, bytes);
    run.seen("outcome", i, outcome.error());
    run.seen("escaped", i, user.escaped);
  }
}

// How many bytes of the memory, up to the last one that differs.
uint64_t changed_up_to(const uint64_t (&memory)[words], const uint64_t (&before)[words]) {
  auto *now = reinterpret_cast<const char*>(memory), *then = reinterpret_cast<const char*>(before);
  uint64_t end = sizeof memory;
  while (end > 0 && now[end - 1] == then[end - 1]) --end;
  return end;
}

// Pages in any state, of which anything may become when they are asked for.
void copy_model(TestRun& run) {
  Random& random = run.random();
  uint64_t base = draw_base(random);
  Simulation simulation(random, base);
  constexpr Error errors[] = {Error::BadAddress, Error::PermissionDenied, Error::OutOfMemory};
  static constinit uint64_t before[words];
  for (uint64_t i = 0; i < 40; ++i) {
    for (uint64_t n = 0; n < pages; ++n) {
      auto now = random.below(3), allowed = random.below(4) == 0 ? now : 2;
      user.now[n] = static_cast<State>(now);
      user.allowed[n] = static_cast<State>(allowed);
    }
    user.error = errors[random.below(3)];
    Range range = draw_range(random, i);
    auto& changing = range.write ? user.memory : kernel_words;
    __builtin_memcpy(before, changing, sizeof before);
    Simulation::begin();
    run.seen("outcome", i, copy(range));
    run.seen("resolved", i, user.resolved);
    run.seen("which", i, user.trace);
    run.seen("changed", i, changed_up_to(changing, before));
    Simulation::set(State::Writable, State::Writable);
    run.seen("again", i, copy(range));
    say_contents(run, i);
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.copy_pages", copy_pages}, {"lab3.copy_missing", copy_missing}, {"lab3.copy_read_only", copy_read_only},
    {"lab3.copy_fails", copy_fails}, {"lab3.copy_in_vain", copy_in_vain}, {"lab3.copy_refused", copy_refused},
    {"lab3.copy_model", copy_model},
};

}  // namespace
}  // namespace strata
