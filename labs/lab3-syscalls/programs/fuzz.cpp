// A fuzzer: several processes with several threads each make calls with arguments that are mostly right, and a house full of processes
// makes the calls fail that hardly ever do.  run=bin/fuzz <calls> <seed>
// Arguments are drawn by what abi/calls.def says: by a parameter's name where it is known below, else by its type. So a call that a
// later lab adds takes part by itself. Nothing drawn may hit the program's own memory or sleep for long.
#include "lib/random.hpp"
#include "programs/fuzz_arguments.hpp"
#include "runtime/program.hpp"

using namespace strata;
using namespace strata::fuzz;

namespace {

constexpr int workers = 4;
constexpr int more_threads = 2;       // of each worker, besides its first one
constexpr uint64_t life = 4096;       // calls, and up to as many again; then the worker ends with all that it has
constexpr uint64_t once_in = 10'000;  // so many calls each call must succeed once, and fail once
constexpr int32_t other_program = 2;  // what this program ends with when it is not told what to do
constexpr int32_t exec_failed = 77;
constexpr uint64_t most_frames_kept = 16;  // by slabs that are not full, and for the tables that kernel stacks need

// Calls that cannot fail: they take no arguments, or any; sleep() would say Interrupted to who has ended.
constexpr Sys never_fail[] = {Sys::exit,    Sys::yield,     Sys::getpid, Sys::gettid,
                              Sys::getppid, Sys::clock_get, Sys::sleep};

// How often a call is made; others 16 times. Those that start or end something take a thousand times as long.
constexpr struct {
  Sys call;
  uint64_t weight;
} weights[] = {{Sys::exit, 1},   {Sys::spawn, 1}, {Sys::fork, 2}, {Sys::exec, 1},       {Sys::sleep, 1},
               {Sys::close, 48}, {Sys::write, 4}, {Sys::kill, 8}, {Sys::futex_wait, 4}, {Sys::futex_wake, 32}};

constexpr uint64_t weight_of(Sys call) {
  for (auto& it : weights) {
    if (it.call == call) return it.weight;
  }
  return 16;
}

struct Tally {
  uint64_t good, bad;
};

// In memory that all processes share.
struct Shared {
  Tally calls[call_count];
  Tally unknown;  // numbers that are no call
  uint64_t made;
  uint64_t goal;
  uint32_t gate;   // opened for those who fill the house
  uint32_t wrong;  // answers that cannot be
};
constexpr uint64_t shared_at = 0x7000'0000'0000;
constexpr uint64_t page = 4096;
constexpr uint32_t read_write = right::read | right::write;

Shared& shared() { return *reinterpret_cast<Shared*>(shared_at); }

template <typename T>
T add(T& to, std::type_identity_t<T> number) {
  return __atomic_add_fetch(&to, number, __ATOMIC_RELAXED);
}
template <typename T>
T now(const T& of) {
  return __atomic_load_n(&of, __ATOMIC_RELAXED);
}

void count(Tally& tally, bool good) {
  add(good ? tally.good : tally.bad, 1);
  add(shared().made, 1);
}

[[noreturn]] void end(int32_t status) {
  (void)sys::exit(status);
  __builtin_unreachable();
}

alignas(16) constinit char stacks[more_threads][16 * 1024];
alignas(16) constinit char parking[64][512];
constinit uint32_t parked = 0;
constinit uint32_t zero = 0;

void park(void*) {
  for (;;) (void)sys::futex_wait(&zero, 0, no_timeout);
}

ThreadStart thread_start(void (*function)(void*), char* stack, size_t size, uint64_t argument) {
  return {reinterpret_cast<uint64_t>(function), reinterpret_cast<uint64_t>(stack + size - 8), argument, 0};
}

// One thread that makes calls.
class Fuzzer {
 public:
  Fuzzer(uint64_t seed, int depth) : draw_(seed), depth_(depth) {}

  // Until the goal is reached, or for so many calls.
  void work(uint64_t calls) {
    while (calls-- > 0 && now(shared().made) < now(shared().goal)) make_one();
  }

 private:
  static constexpr uint64_t all_weights = [] {
    uint64_t sum = 0;
    for (auto& it : calls) sum += weight_of(it.number);
    return sum;
  }();

  void make_one() {
    uint64_t left = draw_.below(all_weights + 1);
    for (size_t i = 0; i < call_count; ++i) {
      uint64_t weight = weight_of(calls[i].number);
      if (left < weight) return make(calls[i], shared().calls[i]);
      left -= weight;
    }
    auto result = result_of(raw_call(draw_.wild() | most_calls, draw_.wild(), draw_.wild()));
    if (result.error() != Error::InvalidSyscall) add(shared().wrong, 1);
    count(shared().unknown, result.ok());
  }

  void make(const Call& call, Tally& tally) {
    uint64_t a[6];
    draw_.all(call, a);
    switch (call.number) {
      case Sys::fork:
        if (depth_ < 2) count(tally, fork());
        return;
      case Sys::exec:
      case Sys::exit:
        if (depth_ < 2) in_child(call.number, a, tally);
        return;
      case Sys::close:
        if (a[0] <= handle::standard_error && draw_.below(32) != 0)
          a[0] += handle::standard_error;  // or nobody would write
        break;
      case Sys::create:
        if (a[0] == static_cast<uint64_t>(ObjectType::Thread)) return count(tally, create_thread());
        break;
      default: break;
    }
    auto result = raw(call.number, a);
    if (result.ok()) draw_.learn(call, result.value());
    count(tally, result.ok());
  }

  static Result<uint64_t> raw(Sys call, const uint64_t* a) {
    return result_of(raw_call(static_cast<uint64_t>(call), a[0], a[1], a[2], a[3], a[4], a[5]));
  }

  static bool create_thread() {
    char* stack = parking[add(parked, 1) % 64];
    ThreadStart start = thread_start(park, stack, sizeof parking[0], 0);
    return sys::create(static_cast<uint32_t>(ObjectType::Thread), reinterpret_cast<uint64_t>(&start)).ok();
  }

  bool fork() {
    uint64_t seed = draw_.next();
    auto child = sys::fork();
    if (child.ok() && child.value() == 0) Fuzzer(seed, depth_ + 1).live_as_child();
    if (child.ok()) draw_.learn_pid(child.value());
    return child.ok();
  }

  // A short life with any end.
  [[noreturn]] void live_as_child() {
    work(draw_.below(16));
    uint64_t way = draw_.below(64);
    if (way == 0) *reinterpret_cast<volatile char*>(shared_at - page) = 1;
    if (way < 16) (void)sys::sleep(draw_.below(30'000'000));  // until somebody kills it, perhaps
    end(static_cast<int32_t>(draw_.below(1000)));
  }

  // What does not come back: only the child's status tells. A child that was killed, or waited for by another thread, tells nothing.
  void in_child(Sys call, const uint64_t* a, Tally& tally) {
    auto child = sys::fork();
    if (!child.ok()) return;
    if (child.value() == 0) {
      (void)raw(call, a);
      end(exec_failed);
    }
    auto status = wait_for(static_cast<int64_t>(child.value()));
    if (!status.ok() || status.value() == end_status::killed) return;
    bool good = status.value() == (call == Sys::exit ? static_cast<int32_t>(a[0]) : other_program);
    if (!good && (call == Sys::exit || status.value() != exec_failed)) add(shared().wrong, 1);
    count(tally, good);
  }

  Draw draw_;
  int depth_;
};

void second_thread(void* seed) {
  Fuzzer(reinterpret_cast<uint64_t>(seed), 0).work(~uint64_t{0});
  park(nullptr);
}

// A worker's first thread; when it ends, all of them do.
[[noreturn]] void work(uint64_t seed) {
  (void)sys::setpgid(0, 0);
  if (!map_arena()) end(1);
  for (int i = 0; i < more_threads; ++i) {
    ThreadStart start = thread_start(second_thread, stacks[i], sizeof stacks[i], seed + 1 + static_cast<uint64_t>(i));
    (void)sys::create(static_cast<uint32_t>(ObjectType::Thread), reinterpret_cast<uint64_t>(&start));
  }
  Fuzzer(seed, 0).work(life + Random(seed).below(life));
  end(0);
}

// Keeps the number of workers up until the goal is reached. They may end at any time: they kill themselves, too.
void employ(Random& random, uint64_t goal) {
  shared().goal = goal;
  int64_t pids[workers] = {};
  int alive = 0;
  do {
    for (int64_t& pid : pids) {
      if (pid != 0 || now(shared().made) >= goal) continue;
      uint64_t seed = random.next();
      auto child = sys::fork();
      if (child.ok() && child.value() == 0) work(seed);
      if (!child.ok()) continue;
      pid = static_cast<int64_t>(child.value());
      ++alive;
    }
    if (alive == 0) (void)sys::sleep(1);
    for (int64_t& pid : pids) {
      if (pid == 0 || !sys::wait(pid, nullptr, wait_flag::no_hang).ok()) continue;
      pid = 0;
      --alive;
    }
    (void)sys::sleep(1);
  } while (alive > 0 || now(shared().made) < goal);
}

// As many processes as there can be, but for a little room: the workers, and a child for some of them.
int fill_house() {
  constexpr int room = workers + 3;
  int64_t last[room];
  int guests = 0;
  for (;; ++guests) {
    auto child = sys::fork();
    if (!child.ok()) {
      for (int64_t pid : last) (void)sys::kill(pid, signal::kill), (void)wait_for(pid);
      return guests - room;
    }
    last[guests % room] = static_cast<int64_t>(child.value());
    if (child.value() != 0) continue;
    while (now(shared().gate) == 0) (void)sys::futex_wait(&shared().gate, 0, no_timeout);
    end(0);
  }
}

void empty_house(int guests) {
  shared().gate = 1;
  (void)sys::futex_wake(&shared().gate, ~0u);
  for (int i = 0; i < guests; ++i) (void)wait_for(any_child);
}

SystemInfo system() {
  SystemInfo info;
  (void)sys::sysinfo(&info);
  return info;
}

// When all that the workers have left behind has ended.
SystemInfo system_at_rest(uint64_t processes) {
  for (int i = 0; i < 1000 && system().processes > processes; ++i) (void)sys::sleep(10'000'000);
  (void)sys::sleep(100'000'000);
  return system();
}

bool can_fail(Sys call) {
  for (Sys it : never_fail) {
    if (it == call) return false;
  }
  return true;
}

bool print_histogram() {
  uint64_t good = shared().unknown.good, all = good + shared().unknown.bad, least = shared().made / once_in;
  bool enough = least > 0;
  for (size_t i = 0; i < call_count; ++i) {
    Tally it = shared().calls[i];
    bool often = it.good >= least && (it.bad >= least || !can_fail(calls[i].number));
    say("fuzz: {:14} {:9} succeeded {:9} failed{}\n", calls[i].name, it.good, it.bad, often ? "" : "  TOO SELDOM");
    enough = enough && often;
    good += it.good;
    all += it.good + it.bad;
  }
  say("fuzz: {} calls, {} % succeeded; {} unknown ones; {} answers were wrong\n", all, good * 100 / all,
      shared().unknown.bad, shared().wrong);
  return enough && good * 100 / all >= 30 && shared().wrong == 0;
}

uint64_t number_in(const char* text) {
  uint64_t number = 0;
  for (; *text >= '0' && *text <= '9'; ++text) number = number * 10 + static_cast<uint64_t>(*text - '0');
  return number;
}

}  // namespace

int main(int argc, char** argv) {
  uint64_t goal = argc == 3 ? number_in(argv[1]) : 0;
  if (goal == 0) return other_program;
  Random random(number_in(argv[2]));
  auto vmo = sys::share_memory(sizeof(Shared));
  if (!vmo.ok() || !sys::mmap(shared_at, sizeof(Shared), read_write, 0, static_cast<uint32_t>(vmo.value()), 0).ok())
    return 1;
  uint64_t processes = system().processes;
  // The full house comes first: what the kernel keeps for the next time, it has then.
  int guests = fill_house();
  employ(random, goal / 10);
  empty_house(guests);
  SystemInfo before = system_at_rest(processes);
  employ(random, goal);
  SystemInfo after = system_at_rest(processes);
  say("\nfuzz: {} workers with {} threads each; {} processes in the full house\n", workers, more_threads + 1, guests);
  bool good = print_histogram();
  say("fuzz: {} processes, {} frames, {} bytes of objects left behind\n", after.processes - processes,
      static_cast<int64_t>(before.free_frames - after.free_frames),
      static_cast<int64_t>(after.heap_bytes - before.heap_bytes));
  good = good && after.processes == processes && after.heap_bytes == before.heap_bytes &&
         before.free_frames <= after.free_frames + most_frames_kept;
  say("fuzz: {}\n", good ? "good" : "bad");
  return good ? 0 : 1;
}
