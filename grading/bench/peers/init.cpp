// The only program of the Linux that `make bench PEERS=1` boots: takes the samples that lab 3's benchmarks take of Strata
// (grading/bench/lab3/), under the same names, and reports them as our kernel does (labs/lab1-boot/report/report.hpp).
#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>
#include <cstdint>
#include <cstdio>

namespace {

constexpr uint64_t repetitions = 64;
constexpr size_t page = 4096;

FILE* report;
unsigned line = 0;

template <typename... Arguments>
void say(const char* format, Arguments... arguments) {
  fprintf(report, "bench %u ", line++);
  fprintf(report, format, arguments...);
  fputc('\n', report);
}

uint64_t time_stamp() {
  uint32_t low, high;
  asm volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
  return uint64_t{high} << 32 | low;
}

template <typename Body>
[[gnu::always_inline]] inline uint64_t time_of(Body body) {
  uint64_t start = time_stamp();
  body();
  return time_stamp() - start;
}

// Nothing is printed between the samples.
template <typename Body>
void measure(const char* name, Body body) {
  static uint64_t samples[repetitions];
  for (uint64_t& sample : samples) sample = time_of(body);
  say("test %s", name);
  say("seen empty.0 0x%lx", time_of([] {}));
  for (uint64_t i = 0; i < repetitions; ++i) say("seen sample.%lu 0x%lx", i, samples[i]);
}

void done(const char* name) { say("done %s", name); }

long bare_call(long number) {
  long rax = number;
  asm volatile("syscall" : "+a"(rax) : : "rcx", "r11", "memory");
  return rax;
}

void getpid_call() {
  measure("syscall_getpid", [] { bare_call(SYS_getpid); });
  done("syscall_getpid");
}

// There is one CPU. That the other process has run each time, and once, is what it counts.
void yield() {
  auto* turns =
      static_cast<volatile uint64_t*>(mmap(nullptr, page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  pid_t other = fork();
  while (other == 0) {
    *turns = *turns + 1;
    bare_call(SYS_sched_yield);
  }
  while (*turns < 1000) bare_call(SYS_sched_yield);
  uint64_t before = *turns;
  measure("yield_round_trip", [] { bare_call(SYS_sched_yield); });
  say("seen turns.0 0x%lx", *turns - before);
  kill(other, SIGKILL);
  waitpid(other, nullptr, 0);
  done("yield_round_trip");
}

void fork_and_wait() {
  measure("fork_exit_wait", [] {
    long child = syscall(SYS_fork);
    if (child == 0) syscall(SYS_exit_group, 0);
    syscall(SYS_wait4, child, nullptr, 0, nullptr);
  });
  done("fork_exit_wait");
}

// Pages of 4 KiB. Zeroing one counts apart, in the way that Linux does it on a CPU whose `rep stosb` is quick.
void first_touch() {
  size_t bytes = repetitions * page;
  auto* at =
      static_cast<volatile char*>(mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  auto* clear = const_cast<char*>(at);
  madvise(clear, bytes, MADV_NOHUGEPAGE);
  measure("user_page_fault", [&at] {
    *at = 1;
    at = at + page;
  });
  say("seen part.0 0x%lx", time_of([clear] {
        void* to = clear;
        size_t count = page / 8;
        asm volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(0) : "memory");
      }));
  done("user_page_fault");
}

}  // namespace

int main() {
  mknod("/report", S_IFCHR | 0600, makedev(4, 65));  // the second serial port
  report = fopen("/report", "w");
  if (!report) return 1;
  say("entered");
  getpid_call();
  yield();
  fork_and_wait();
  first_touch();
  say("end %u", line);
  fclose(report);
  reboot(RB_POWER_OFF);
}
