// Exercise 3.3: frames that may leave by sysretq, and frames that must not.
#include "syscall/return_path.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

// As `syscall` leaves it behind.
TrapFrame draw_frame(Random& random) {
  TrapFrame frame = {};
  frame.rip = frame.rcx = 0x1000 + random.below(0x7fff'ffff'e000);
  frame.rflags = frame.r11 = 0x202 | (random.next() & 0x4cd5);  // status flags, direction, nested task
  frame.rsp = random.next();
  frame.cs = 0x23;
  frame.ss = 0x1b;
  frame.rax = random.next();
  return frame;
}

void say(TestRun& run, uint64_t index, const TrapFrame& frame) {
  run.seen("path", index, static_cast<uint64_t>(return_path(frame)));
}

void path_registers(TestRun& run) {
  for (uint64_t i = 0; i < 24; ++i) {
    TrapFrame frame = draw_frame(run.random());
    uint64_t bit = 1ull << run.random().below(40), what = run.random().below(5);
    if (what == 0) frame.rcx ^= bit;
    if (what == 1) frame.r11 ^= bit;
    if (what == 2) frame.rcx ^= bit, frame.r11 ^= bit;
    say(run, i, frame);
  }
}

void path_addresses(TestRun& run) {
  uint64_t some = run.random().below(0x1000);
  uint64_t addresses[] = {0x7fff'ffff'efff,
                          0x7fff'ffff'f000,
                          0x7fff'ffff'f001 + some % 0xffe,
                          0x7fff'ffff'ffff,
                          0x8000'0000'0000,
                          0x8000'0000'0000 + some,
                          0xffff'7fff'ffff'ffff,
                          0xffff'8000'0000'0000,
                          0xffff'ffff'8010'0000 + some,
                          0xffff'ffff'ffff'ffff,
                          0x7fff'ffff'e000 + some % 0xfff,
                          0x40'0000 + some,
                          1ull << (48 + some % 15),
                          0x0001'0000'0040'0000};
  run.random().shuffle(addresses);
  for (uint64_t i = 0; i < sizeof addresses / 8; ++i) {
    TrapFrame frame = draw_frame(run.random());
    frame.rip = frame.rcx = addresses[i];
    say(run, i, frame);
  }
}

void path_flags(TestRun& run) {
  for (uint64_t i = 0; i < 32; ++i) {
    TrapFrame frame = draw_frame(run.random());
    frame.rflags = frame.r11 = 0x202 | (run.random().next() & 0x27'7dd5);  // TF, RF, IOPL, AC, ID among them
    say(run, i, frame);
  }
}

// Around every power of two, and with flags and their copies that differ in single bits.
void path_model(TestRun& run) {
  constexpr uint64_t flags_of_programs = 0x3d'7fd5;  // all that RFLAGS has in ring 3, and RF
  Random& random = run.random();
  for (uint64_t i = 0; i < 600; ++i) {
    TrapFrame frame = draw_frame(random);
    uint64_t power = 1ull << random.below(64), distance = random.below(5), kind = random.below(3);
    if (kind == 0) frame.rip = power + distance - 2;
    if (kind == 1) frame.rip = 0x7fff'ffff'f000 + distance - 2;
    frame.rflags = 2 | (random.next() & random.next() & random.next() & flags_of_programs);
    uint64_t what = random.below(8), bit = 1ull << random.below(64);
    frame.rcx = frame.rip ^ (what == 0 ? bit : 0);
    frame.r11 = frame.rflags ^ (what == 1 ? bit : 0);
    say(run, i, frame);
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.path_registers", path_registers},
    {"lab3.path_addresses", path_addresses},
    {"lab3.path_flags", path_flags},
    {"lab3.path_model", path_model},
};

}  // namespace
}  // namespace strata
