// The whole of lab 3: programs that call the kernel as it is.
#include "object/vmo_object.hpp"
#include "ring3.hpp"
#include "syscall/syscall_table.hpp"

namespace strata {

namespace {

constexpr uint64_t most_steps = 40;

Result<Ring3> create(void (*body)(uint64_t*)) { return Ring3::create(reinterpret_cast<const void*>(body)); }

void run_and_say(TestRun& run, Ring3& it, SyscallTable* calls = nullptr) {
  auto status = it.run(calls);
  run.seen("outcome", 0, status.error());
  run.seen("status", 0, static_cast<uint64_t>(ring3_ended - status.value_or(0)));
}

// --- 3.3: how many exits are by iretq. The handler changes what sysretq could not bring back, or only says that it might have.

UNCHECKED void call_often(uint64_t* words) {
  for (uint64_t i = 0; i < words[0]; ++i) (void)ring3::call(Sys::getpid, words[1 + i]);
  ring3::end();
}

void exit_paths(TestRun& run) {
  auto made = create(call_often);
  if (!made.ok()) return;
  made.value().word(0) = most_steps;
  for (uint64_t i = 0; i < most_steps; ++i) made.value().word(1 + i) = run.random().below(4);
  static constinit SyscallTable table;
  table.handlers[static_cast<uint64_t>(Sys::getpid)] = [](TrapFrame& frame) {
    this_cpu().attention = frame.rdi != 0;
    if (frame.rdi == 2) frame.r11 = 0;
    if (frame.rdi == 3) frame.rcx = 0;
    return frame.rdi;
  };
  uint64_t before = this_cpu().iret_exits;
  run_and_say(run, made.value(), &table);
  run.seen("iret_exits", 0, this_cpu().iret_exits - before);
}

// --- 3.4: numbers of every kind, as a program says them.

UNCHECKED void call_numbers(uint64_t* words) {
  for (uint64_t i = 0; i < most_steps; ++i) words[100 + i] = ring3::call(words[i]);
  ring3::end();
}

void program_calls(TestRun& run) {
  auto made = create(call_numbers);
  if (!made.ok()) return;
  for (uint64_t i = 0; i < most_steps; ++i) {
    uint64_t numbers[] = {3,
                          4,
                          4,
                          9,
                          14 + run.random().below(6),
                          33 + run.random().below(14),
                          128,
                          132,
                          run.random().next(),
                          1ull << 32 | 4};
    made.value().word(i) = numbers[run.random().below(10)];
  }
  static constinit uint64_t counts[most_calls] = {};
  uint64_t invalid = native_calls.invalid;
  for (uint64_t i = 0; i < most_calls; ++i) counts[i] = native_calls.counts[i];
  run_and_say(run, made.value());
  run.seen("pid", 0, made.value().process().pid);
  for (uint64_t i = 0; i < most_steps; ++i) run.seen("rax", i, made.value().word(100 + i));
  for (uint64_t i = 0; i < most_calls; ++i) {
    if (native_calls.counts[i] != counts[i]) run.seen("count", i, native_calls.counts[i] - counts[i]);
  }
  run.seen("invalid", 0, native_calls.invalid - invalid);
}

// --- 3.5: a program that lies about its memory. (A path that was read is not found; otherwise it was not read.)

UNCHECKED void lie(uint64_t* words) {
  for (uint64_t i = 0; i < words[0]; ++i) {
    words[100 + i] = ring3::call(Sys::sysinfo, words[1 + i]);
    words[200 + i] = ring3::call(Sys::exec, words[1 + i], 16);
  }
  ring3::end();
}

void evil_pointers(TestRun& run) {
  static constinit uint64_t secret[8] = {};
  for (uint64_t& word : secret) word = run.random().next();
  uint64_t some = run.random().below(1000), end = Ring3::shared + Ring3::shared_words * 8;
  uint64_t addresses[] = {Ring3::shared + 0x1800 + some,
                          Ring3::stack + some,        // never touched before
                          Ring3::stack + 0x1000 - 8,  // the same, in two pages
                          Ring3::code + some,         // may only be read
                          end - 8,
                          Ring3::stack - 8,
                          0,
                          some,
                          0x7fff'ffff'f000 - 8,
                          0x7fff'ffff'f000,
                          0x8000'0000'0000 + some,
                          0xffff'8000'0000'0000,
                          reinterpret_cast<uint64_t>(secret),
                          direct_map_base.value + 0x10'0000 + some,
                          ~0ull - some,
                          ~0ull};
  constexpr uint64_t count = sizeof addresses / 8;
  run.random().shuffle(addresses);
  auto made = create(lie);
  if (!made.ok()) return;
  made.value().word(0) = count;
  for (uint64_t i = 0; i < count; ++i) made.value().word(1 + i) = addresses[i];
  run_and_say(run, made.value());
  for (uint64_t i = 0; i < count; ++i) {
    run.seen("written", i, made.value().word(100 + i));
    run.seen("read", i, made.value().word(200 + i));
  }
  for (uint64_t i = 0; i < 8; ++i) run.seen("secret", i, secret[i]);
}

// --- 3.6: a program that takes, gives back, and asks for what it has not.

UNCHECKED void juggle(uint64_t* words) {
  for (uint64_t i = 0; i < most_steps; ++i) {
    uint64_t what = words[3 * i], handle = words[3 * i + 1], rights = words[3 * i + 2];
    auto* info = reinterpret_cast<volatile uint64_t*>(words + 400);
    info[0] = 0;
    if (what == 0) words[200 + i] = ring3::call(Sys::dup, handle, rights);
    if (what == 1) words[200 + i] = ring3::call(Sys::close, handle);
    if (what == 2) words[200 + i] = ring3::call(Sys::handle_info, handle, reinterpret_cast<uint64_t>(words + 400));
    words[300 + i] = info[0];
  }
  ring3::end();
}

void program_handles(TestRun& run) {
  auto made = create(juggle);
  auto object = VmoObject::create(1);
  if (!made.ok() || !object.ok()) return;
  auto first = made.value().process().handles.insert(*object.value(), right::everything);
  run.seen("first", 0, first.value_or(0));
  for (uint64_t i = 0; i < most_steps; ++i) {
    made.value().word(3 * i) = run.random().below(3);
    made.value().word(3 * i + 1) = run.random().below(8);
    made.value().word(3 * i + 2) = run.random().below(16);
  }
  run_and_say(run, made.value());
  for (uint64_t i = 0; i < most_steps; ++i) {
    run.seen("rax", i, made.value().word(200 + i));
    run.seen("info", i, made.value().word(300 + i));
  }
  run.seen("references", 0, object.value()->references());
}

// --- 3.7: two programs that make way for each other, each with its own number in registers that the kernel itself never uses.

UNCHECKED void make_way(uint64_t* words) {
  uint64_t before, behind;
  asm volatile("movq %1, %%xmm5\n movq %%rsp, %0" : "=r"(before) : "r"(words[0]));
  for (uint64_t i = 0; i < words[1]; ++i) {
    (void)ring3::call(Sys::yield, words[0]);
    asm volatile("movq %%rsp, %0" : "=r"(behind));
    words[3] += behind != before;
  }
  asm volatile("movq %%xmm5, %0" : "=r"(words[2]));
  ring3::end();
}

constinit uint64_t way_trace = 0;

void take_turns(TestRun& run) {
  OneCpu one;
  static constinit SyscallTable table;
  table.handlers[static_cast<uint64_t>(Sys::yield)] = [](TrapFrame& frame) {
    way_trace = way_trace * 31 + frame.rdi;
    give_way();
    return uint64_t{0};
  };
  way_trace = 0;
  auto a = create(make_way), b = create(make_way);
  if (!a.ok() || !b.ok()) return;
  uint64_t rounds = 4 + run.random().below(6);
  a.value().word(1) = b.value().word(1) = rounds;
  a.value().word(0) = run.random().next();
  b.value().word(0) = run.random().next();
  b.value().frame.rsp -= 16 * (1 + run.random().below(32));
  run.seen("outcome", 0, a.value().start(&table).error());
  run.seen("outcome", 1, b.value().run(&table).error());
  run.seen("outcome", 2, a.value().wait().error());
  run.seen("trace", 0, way_trace);
  run.seen("xmm5", 0, a.value().word(2));
  run.seen("xmm5", 1, b.value().word(2));
  run.seen("rsp_moved", 0, a.value().word(3));
  run.seen("rsp_moved", 1, b.value().word(3));
}

// --- 3.8: who never makes way, and one that is to run before it.

UNCHECKED void spin(uint64_t* words) {
  auto* word = const_cast<volatile uint64_t*>(words);
  while (word[0] == 0) word[1] = word[1] + 1;
  ring3::end();
}

UNCHECKED void call_once(uint64_t* words) {
  (void)ring3::call(Sys::getpid, words[0]);
  ring3::end();
}

constinit uint64_t* spinning = nullptr;

// Of three programs the first one spins until the last one has run.
void preempted(TestRun& run) {
  OneCpu one;
  static constinit SyscallTable table;
  static constinit uint64_t order = 0;
  table.handlers[static_cast<uint64_t>(Sys::getpid)] = [](TrapFrame& frame) {
    order = order * 100 + frame.rdi;
    if (order > 100) *spinning = 1;
    return uint64_t{0};
  };
  order = 0;
  auto spinner = create(spin), low = create(call_once), high = create(call_once);
  if (!spinner.ok() || !low.ok() || !high.ok()) return;
  spinning = &spinner.value().word(0);
  low.value().word(0) = 1 + run.random().below(40);
  high.value().word(0) = 50 + run.random().below(40);
  run.seen("outcome", 0, spinner.value().start().error());
  run.seen("outcome", 1, low.value().start(&table).error());
  run.seen("outcome", 2, high.value().start(&table).error());
  if (!need_scheduler().ok()) return;
  Thread& urgent = *high.value().thread();
  this_cpu().queue.remove(urgent);
  urgent.priority = Thread::normal_priority + 1;
  this_cpu().queue.add(urgent);
  run.seen("outcome", 3, low.value().wait().error());
  run.seen("outcome", 4, high.value().wait().error());
  run.seen("outcome", 5, spinner.value().wait().error());
  run.seen("order", 0, order);
  run.seen("spun", 0, spinner.value().word(1) != 0);
}

// --- 3.9 and 3.10: families.

// Each child changes what it got of its parent's stack and tells in shared memory what it has.
UNCHECKED void multiply(uint64_t* words) {
  volatile uint64_t own = words[0];
  for (uint64_t i = 0; i < words[1]; ++i) {
    uint64_t pid = ring3::call(Sys::fork);
    if (pid == 0) {
      words[100 + i] = own;
      own = own * 3 + words[2 + i];
      words[120 + i] = own;
      words[140 + i] = ring3::call(Sys::getpid);
      words[160 + i] = ring3::call(Sys::getppid);
      (void)ring3::call(Sys::exit, i + 1);
    }
    words[180 + i] = pid;
    own = own + 1;
    words[200 + i] = ring3::call(Sys::wait, pid, reinterpret_cast<uint64_t>(words + 220 + i));
    words[240 + i] = own;
  }
  ring3::end();
}

void fork_family(TestRun& run) {
  auto made = create(multiply);
  if (!made.ok()) return;
  Ring3& it = made.value();
  uint64_t children = 3 + run.random().below(8), before = process_count();
  it.word(0) = run.random().next();
  it.word(1) = children;
  for (uint64_t i = 0; i < children; ++i) it.word(2 + i) = run.random().next();
  run_and_say(run, it);
  for (uint64_t i = 0; i < children; ++i) {
    run.seen("inherited", i, it.word(100 + i));
    run.seen("childs", i, it.word(120 + i));
    run.seen("parents", i, it.word(240 + i));
    run.seen("pid", i, it.word(140 + i) == it.word(180 + i) && it.word(180 + i) == it.word(200 + i));
    run.seen("its_parent", i, it.word(160 + i) == it.process().pid);
    run.seen("status", i, it.word(220 + i));
  }
  run.seen("left", 0, process_count() - before);
}

// Children that end at different times, and a grandchild whose parent is gone.
UNCHECKED void wait_for_all(uint64_t* words) {
  constexpr uint64_t any = ~uint64_t{0};
  auto status = reinterpret_cast<uint64_t>(words + 300);
  for (uint64_t i = 0; i < words[0]; ++i) {
    if (ring3::call(Sys::fork) != 0) continue;
    (void)ring3::call(Sys::sleep, 20'000'000 * words[20 + i]);
    (void)ring3::call(Sys::exit, words[1 + i]);
  }
  words[100] = ring3::call(Sys::wait, any, status, wait_flag::no_hang);
  for (uint64_t i = 0; i < words[0]; ++i) {
    (void)ring3::call(Sys::wait, any, status);
    words[110 + i] = words[300];
  }
  words[101] = ring3::call(Sys::wait, any, status);
  uint64_t middle = ring3::call(Sys::fork);
  if (middle == 0) {
    if (ring3::call(Sys::fork) == 0) {
      (void)ring3::call(Sys::sleep, 40'000'000);
      words[102] = ring3::call(Sys::getppid);
      (void)ring3::call(Sys::exit, 0);
    }
    (void)ring3::call(Sys::exit, 0);
  }
  words[103] = ring3::call(Sys::wait, middle, status) == middle;
  words[104] = ring3::call(Sys::wait, any, status);
  (void)ring3::call(Sys::sleep, 90'000'000);
  ring3::end();
}

void wait_family(TestRun& run) {
  auto made = create(wait_for_all);
  if (!made.ok()) return;
  Ring3& it = made.value();
  uint64_t children = 2 + run.random().below(4), before = process_count(), times[] = {1, 2, 3, 4, 5};
  run.random().shuffle(times);
  it.word(0) = children;
  it.word(102) = 99;
  for (uint64_t i = 0; i < children; ++i) {
    it.word(1 + i) = run.random().below(1 << 30);
    it.word(20 + i) = times[i];
  }
  run_and_say(run, it);
  run.seen("not_yet", 0, it.word(100));
  for (uint64_t i = 0; i < children; ++i) run.seen("status", i, it.word(110 + i));
  run.seen("no_more", 0, it.word(101));
  run.seen("found", 0, it.word(103));
  run.seen("no_more", 1, it.word(104));
  run.seen("orphans_parent", 0, it.word(102));
  run.seen("left", 0, process_count() - before);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.exit_paths", exit_paths},       {"lab3.program_calls", program_calls},
    {"lab3.evil_pointers", evil_pointers}, {"lab3.program_handles", program_handles},
    {"lab3.take_turns", take_turns},       {"lab3.preempted", preempted},
    {"lab3.fork_family", fork_family},     {"lab3.wait_family", wait_family},
};

}  // namespace
}  // namespace strata
