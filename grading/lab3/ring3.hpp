// Programs of one page, written beside their tests and copied into a process. They report through memory that the test sees, and end
// by a fault: so nothing but the way to ring 3 must work for a test to hear of them.
#pragma once

#include "mm/frame.hpp"
#include "object/console_object.hpp"
#include "process/process.hpp"
#include "report/tests.hpp"

namespace strata {

class Ring3 {
 public:
  static constexpr uint64_t code = 0x40'0000, shared = 0x1000'0000, stack = 0x2000'0000;
  static constexpr uint64_t shared_words = 1024, stack_pages = 4;

  // A program that begins at `body` with its words' address in rdi. Nothing of `body` may be outside of its first page.
  static Result<Ring3> create(const void* body) {
    Ring3 it;
    it.process_ = TRY(Process::create("ring3"));
    it.process_->space = TRY(AddressSpace::create());
    it.memory_ = TRY(Vmo::create(shared_words * 8 / frame_size));
    it.memory_->share();  // with its children, too
    for (uint64_t i = 0; i < it.memory_->pages(); ++i) TRY(it.memory_->fill(i));
    TRY(it.map_all(body));
    it.process_->pages = 1 + it.memory_->pages() + stack_pages;
    it.frame = user_frame(code, stack + stack_pages * frame_size - 8);  // as behind a call, with nowhere to return to
    it.frame.rdi = shared;
    return it;
  }

  // One of the words that the program finds at its address `shared`.
  uint64_t& word(uint64_t i) const {
    return direct_map_as<uint64_t>(memory_->frame(i * 8 / frame_size))[i % (frame_size / 8)];
  }

  Process& process() const { return *process_; }
  Thread* thread() const { return process_->threads.front(); }

  // Lets it run with its own table of calls, if there is one, when the caller waits.
  Result<> start(SyscallTable* calls = nullptr) {
    TRY(need_scheduler());
    Ref<Thread> first = TRY(Thread::create(*process_, frame));
    if (calls) first->calls = calls;
    Process* init = init_process;
    publish(*process_, nullptr);
    init_process = init;  // whatever number it has
    start_thread(*process_, *first);
    return {};
  }

  // Until it has ended. Its status.
  Result<int32_t> wait() {
    while (process_->state == ProcessState::Alive && !process_->threads.empty()) {
      TRY(stack_wait(process_->end_waiters));
    }
    return process_->status;
  }

  Result<int32_t> run(SyscallTable* calls = nullptr) {
    TRY(start(calls));
    return wait();
  }

  TrapFrame frame;  // what it starts with

 private:
  Result<> map_all(const void* body) {
    AddressSpace& space = *process_->space;
    Ref<Vmo> text = TRY(Vmo::create(1));
    __builtin_memcpy(direct_map_as<void>(TRY(text->fill(0))), body, frame_size);
    TRY(space.map(Va{code}, 1, {.execute = true, .user = true}, text, 0));
    TRY(space.map(Va{shared}, memory_->pages(), {.write = true, .user = true}, memory_, 0));
    Ref<Vmo> stack_memory = TRY(Vmo::create(stack_pages));
    TRY(space.map(Va{stack}, stack_pages, {.write = true, .user = true}, stack_memory, 0));
    return {};
  }

  Ref<Process> process_;
  Ref<Vmo> memory_;
};

// --- For the programs: what the compiler must put into their page.

// Of a function that runs in ring 3: it calls nothing of the kernel, not even with SAN=1.
#define UNCHECKED __attribute__((no_sanitize("undefined")))

namespace ring3 {

// A Sys, or any number.
template <typename Number>
[[gnu::always_inline]] inline UNCHECKED uint64_t call(Number number, uint64_t a0 = 0, uint64_t a1 = 0, uint64_t a2 = 0,
                                                      uint64_t a3 = 0) {
  auto rax = static_cast<uint64_t>(number);
  register uint64_t r10 asm("r10") = a3;
  asm volatile("syscall" : "+a"(rax) : "D"(a0), "S"(a1), "d"(a2), "r"(r10) : "rcx", "r11", "memory");
  return rax;
}

// Every program's last word.
[[gnu::always_inline]] inline UNCHECKED void end() { asm volatile("ud2"); }

}  // namespace ring3

// While there is one, the others are not given anything to do: programs take turns, however many CPUs the machine has.
class OneCpu {
 public:
  OneCpu() { cpu_count = 1; }
  OneCpu(const OneCpu&) = delete;
  OneCpu& operator=(const OneCpu&) = delete;
  ~OneCpu() { cpu_count = count_; }

 private:
  size_t count_ = cpu_count;
};

inline constexpr int32_t ring3_ended = end_status::fault - 6;  // by ud2

}  // namespace strata
