// Challenge 3.11: a student's hunts on the kernel as it is, and on one with a mistake. The mistakes are put around the calls, and into
// the registers and the trap of the real kernel, so that it survives what a broken one would not; a program cannot tell.
#include "cpu/trap.hpp"
#include "cpu/x86/control.hpp"
#include "cpu/x86/gdt.hpp"
#include "debug/unimplemented.hpp"
#include "lib/text_buffer.hpp"
#include "mm/frames.hpp"
#include "object/console_object.hpp"
#include "process/program.hpp"
#include "report/tests.hpp"
#include "ring3.hpp"
#include "syscall/kernel_exit.hpp"
#include "syscall/syscall_table.hpp"
#include "syscall/x86/msr.hpp"
#include "time/clock.hpp"

namespace strata {

namespace {

constexpr uint64_t patience = ticks_per_second;  // for a hunt

constinit SyscallTable right;  // the kernel's own handlers

uint64_t as_it_is(TrapFrame& frame) { return right.handlers[frame.rax](frame); }

bool is_call(const TrapFrame& frame, Sys call) { return frame.rax == static_cast<uint64_t>(call); }

// yield, and what does the same: the calls that wait with something on the kernel's stack.
bool makes_way(const TrapFrame& frame) {
  return is_call(frame, Sys::yield) || (is_call(frame, Sys::sleep) && frame.rdi == 0);
}

// --- The mistakes.

constexpr uint64_t TrapFrame::*kept_by_cpp[] = {&TrapFrame::rbx, &TrapFrame::rbp, &TrapFrame::r12,
                                                &TrapFrame::r13, &TrapFrame::r14, &TrapFrame::r15};
constinit uint64_t TrapFrame::*not_in_frame = nullptr;
constinit uint64_t garbage = 0;

uint64_t lose_register(TrapFrame& frame) {
  uint64_t& word = frame.*not_in_frame;
  uint64_t kept = word;
  word = garbage;
  bool way = makes_way(frame);
  uint64_t rax = as_it_is(frame);
  if (way) {
    this_cpu().attention = true;
  } else if (current_thread().state == ThreadState::Running) {
    word = kept;
  }
  return rax;
}

uint64_t trust_range(TrapFrame& frame) {
  bool passes = frame.rsi + frame.rdx <= AddressSpace::end_of_space.value, wraps = frame.rsi + frame.rdx < frame.rsi;
  return is_call(frame, Sys::write) && wraps && passes ? frame.rdx : as_it_is(frame);
}

uint64_t trust_page(TrapFrame& frame) {
  if (!is_call(frame, Sys::sysinfo)) return as_it_is(frame);
  AddressSpace& space = *current_thread().process->space;
  SystemInfo info{
      .cpus = cpu_count, .total_frames = total_frames(), .free_frames = free_frames(), .processes = process_count()};
  uint8_t bytes[sizeof info];
  __builtin_memcpy(bytes, &info, sizeof info);
  for (uint64_t i = 0; i < sizeof info; ++i) {
    Va at{frame.rdi + i};
    bool writable = space.resolve(at, {.write = true}).ok();
    auto page = writable || space.resolve(at, {}).ok() ? space.tables().query(at) : Result<Mapping>(Error::BadAddress);
    if (!page.ok()) return register_value(Error::BadAddress);
    *direct_map_as<uint8_t>(page.value().pa + (at - page.value().va)) = bytes[i];
  }
  return 0;
}

constinit TrapFrame the_frame{};  // at the top of the one stack

uint64_t share_stack(TrapFrame& frame) {
  bool way = makes_way(frame);
  the_frame = frame;
  uint64_t rax = as_it_is(frame);
  if (!way) return rax;
  frame = the_frame;
  this_cpu().attention = true;
  return rax;
}

// What `rep movsb` does then: the first byte goes where it should, and those before it to where they have not been asked for.
uint64_t copy_downwards(TrapFrame& frame) {
  if (!is_call(frame, Sys::sysinfo) || (frame.rflags & flag::direction) == 0) return as_it_is(frame);
  uint8_t bytes[sizeof(SystemInfo)];
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(garbage);
  bytes[sizeof bytes - 1] = static_cast<uint8_t>(cpu_count);
  Result<> copied = copy_to_user(frame.rdi - (sizeof bytes - 1), bytes, sizeof bytes);
  return register_value(copied.error());
}

constinit UserTrapHook right_trap = nullptr;
constinit TrapHandler handler_of_trap = nullptr;

// Where iretq would fault, because there is no code segment: the program ends, where a real kernel would have to panic.
void look_at_selectors(TrapFrame& frame, TrapHandler handler) {
  if (frame.cs == selector::user_code && frame.ss == selector::user_data) return right_trap(frame, handler);
  frame.cs = selector::user_code;
  frame.ss = selector::user_data;
  handler_of_trap = handler;
  right_trap(frame, [](TrapFrame& trap) {
    if (handler_of_trap) handler_of_trap(trap);
    trap.vector = vector::general_protection;
    trap.error = 0;
    end_faulting_process(trap);
  });
}

// A kernel with a mistake, while this lives: around every call, or in the selectors.
class Broken {
 public:
  explicit Broken(SyscallHandler mistake) : star_(read_msr(msr::star)) {
    right = native_calls;
    right_trap = on_user_trap;
    if (!mistake) {
      constexpr uint64_t lower_half = 0xffff'ffff'ffff, data_as_code = selector::user_data - 16;
      write_msr(msr::star, (star_ & lower_half) | data_as_code << 48);
      on_user_trap = look_at_selectors;
      return;
    }
    for (SyscallHandler& handler : native_calls.handlers) {
      if (handler) handler = mistake;
    }
  }
  ~Broken() {
    for (uint64_t i = 0; i < SyscallTable::size; ++i) native_calls.handlers[i] = right.handlers[i];
    on_user_trap = right_trap;
    write_msr(msr::star, star_);
  }
  Broken(const Broken&) = delete;
  Broken& operator=(const Broken&) = delete;

 private:
  uint64_t star_;
};

// --- The hunts.

template <typename Condition>
void wait_while(Condition condition, uint64_t ticks) {
  for (uint64_t end = clock().ticks() + ticks; condition() && clock().ticks() < end;) {
    give_way();
    let_others_run();
  }
}

// How a hunt ends, in words. `name` has its NUL.
Result<> hunt(std::string_view name, TextBuffer<64>& outcome) {
  uint64_t processes = process_count();
  constexpr char program[] = "my_hunts";
  TextBuffer<64> arguments;
  arguments.write({program, sizeof program});
  arguments.write(name);
  Slot* console = &console_slot();
  Slot* const slots[] = {console, console, console};
  Process* init = init_process;
  Ref<Process> process = TRY(spawn_program("bin/my_hunts", arguments.text(), slots, nullptr));
  init_process = init;  // whatever number it has
  wait_while([&] { return process->state == ProcessState::Alive; }, patience);
  bool answered = process->state != ProcessState::Alive;
  (void)kill_group(*process, process->group, signal::kill);
  wait_while([&] { return process_count() != processes; }, patience);
  int32_t status = process->status;
  if (status == static_cast<int32_t>(Error::Unimplemented)) return unimplemented("3.11 my_hunts");
  if (!answered) {
    print(outcome, "no answer");
  } else if (status == 0 || status == 1) {
    print(outcome, "{}", status == 0 ? "nothing" : "found");
  } else if (status <= end_status::fault) {
    print(outcome, "fault {}", end_status::fault - status);
  } else {
    print(outcome, "ended with {}", status);
  }
  return {};
}

// On the kernel as it is, which is number 0, and on every broken one; nobody knows when.
template <size_t N>
void hunt_all(TestRun& run, const char (&name)[N], SyscallHandler mistake, uint64_t broken = 1) {
  OneCpu one;  // which has the mistake, and where two must take turns
  garbage = run.random().next();
  uint64_t before = run.random().below(broken + 1);
  if (!need_scheduler().ok()) return;
  for (uint64_t i = 0; i <= broken; ++i) {
    uint64_t number = i == before ? 0 : i < before ? i + 1 : i;
    TextBuffer<64> outcome;
    Result<> ran;
    if (number == 0) {
      ran = hunt({name, N}, outcome);
    } else {
      if (mistake == lose_register) not_in_frame = kept_by_cpp[number - 1];
      Broken kernel(mistake);
      ran = hunt({name, N}, outcome);
    }
    run.seen("ran", number, ran.error());
    run.seen("says", number, outcome.text());
  }
}

void hunt_register(TestRun& run) { hunt_all(run, "lost_register", lose_register, 6); }
void hunt_selectors(TestRun& run) { hunt_all(run, "wrong_selectors", nullptr); }
void hunt_range(TestRun& run) { hunt_all(run, "trusted_range", trust_range); }
void hunt_page(TestRun& run) { hunt_all(run, "trusted_page", trust_page); }
void hunt_stack(TestRun& run) { hunt_all(run, "shared_stack", share_stack); }
void hunt_direction(TestRun& run) { hunt_all(run, "direction_flag", copy_downwards); }

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.hunt_register", hunt_register}, {"lab3.hunt_selectors", hunt_selectors},
    {"lab3.hunt_range", hunt_range},       {"lab3.hunt_page", hunt_page},
    {"lab3.hunt_stack", hunt_stack},       {"lab3.hunt_direction", hunt_direction},
};

}  // namespace
}  // namespace strata
