// Linux, seccomp(2): a filter in the kernel looks at each system call. Without it (another CPU, a container that forbids
// filters) the limits still hold: nothing can be opened, and memory is bounded.
#include "host/sandbox.hpp"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>

#include <initializer_list>

namespace strata {

namespace {

constexpr uint64_t more_memory = 512u << 20;

void limit(__rlimit_resource resource, uint64_t most) {
  rlimit both{most, most};
  (void)setrlimit(resource, &both);
}

// What is mapped now is terabytes of address space, the sanitizers' shadow: only growth counts.
void limit_memory() {
  unsigned long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (!file) return;
  bool known = fscanf(file, "%lu", &pages) == 1;
  fclose(file);
  if (known) limit(RLIMIT_AS, pages * static_cast<uint64_t>(getpagesize()) + more_memory);
}

#ifdef __x86_64__

// What the sanitizers need for their reports. Nothing but the three standard descriptors is open.
constexpr uint32_t allowed[] = {
    SYS_write,  SYS_munmap,       SYS_madvise,        SYS_futex,       SYS_sched_yield,  SYS_clock_gettime, SYS_getpid,
    SYS_gettid, SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_sigaltstack, SYS_rt_sigreturn, SYS_exit_group,
};
// What they try and can do without.
constexpr uint32_t without_effect[] = {
    SYS_open,  SYS_openat, SYS_readlink, SYS_stat,      SYS_fstat,     SYS_newfstatat, SYS_pipe,
    SYS_pipe2, SYS_ioctl,  SYS_prctl,    SYS_getrlimit, SYS_prlimit64, SYS_read,       SYS_close,
};

// A program for the kernel's filter machine, which has one register and looks at a seccomp_data.
class Filter {
 public:
  Filter() {
    load(offsetof(seccomp_data, arch));
    add(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0), answer(SECCOMP_RET_KILL_PROCESS);
    load(offsetof(seccomp_data, nr));
    for (uint32_t number : allowed) next_if(number, 1), answer(SECCOMP_RET_ALLOW);
    for (uint32_t number : without_effect) next_if(number, 1), answer(SECCOMP_RET_ERRNO | EPERM);
    for (uint32_t number : {SYS_mmap, SYS_mprotect}) {  // memory, but none for code
      next_if(number, 4), load(offsetof(seccomp_data, args[2]));
      add(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), answer(SECCOMP_RET_TRAP), answer(SECCOMP_RET_ALLOW);
    }
    answer(SECCOMP_RET_TRAP);
  }

  sock_fprog program() { return {size_, code_}; }

 private:
  void load(uint32_t offset) { add(BPF_LD | BPF_W | BPF_ABS, offset); }
  void answer(uint32_t action) { add(BPF_RET | BPF_K, action); }
  // The next `count` instructions are skipped unless the register is equal to `value`.
  void next_if(uint32_t value, uint8_t count) { add(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count); }
  void add(uint16_t code, uint32_t operand, uint8_t if_true = 0, uint8_t if_false = 0) {
    code_[size_++] = {code, if_true, if_false, operand};
  }

  sock_filter code_[96];
  uint16_t size_ = 0;
};

// Async-signal-safe: after a refused system call anything may be broken.
void say_forbidden(int, siginfo_t* info, void*) {
  char line[] = "forbidden system call 000\n";
  auto number = static_cast<unsigned>(info->si_syscall);
  for (char* digit = line + sizeof line - 3; *digit == '0'; --digit, number /= 10) {
    *digit = static_cast<char>('0' + number % 10);
  }
  (void)!write(STDERR_FILENO, line, sizeof line - 1);
  _exit(1);
}

void install_filter() {
  struct sigaction action {};
  action.sa_sigaction = say_forbidden;
  action.sa_flags = SA_SIGINFO;
  if (sigaction(SIGSYS, &action, nullptr) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return;
  Filter filter;
  sock_fprog program = filter.program();
  (void)prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

void install_filter() {}

#endif

}  // namespace

void shut_in() {
  limit_memory();
  limit(RLIMIT_NOFILE, 0);
  limit(RLIMIT_NPROC, 0);
  install_filter();
}

}  // namespace strata
