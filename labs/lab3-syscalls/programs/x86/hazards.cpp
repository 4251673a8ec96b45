// What a program may do to its registers and flags before it enters the kernel, and what it must find in them afterwards.
#include "runtime/program.hpp"

using namespace strata;

namespace {

// In the order rbx rcx rdx rsi rdi rbp r8 to r15 rax.
constexpr int count = 15;
constinit uint64_t wanted[count], seen[count];
constinit uint64_t kept_rsp = 0;

#define LOAD_ALL                                                                                                   \
  "movq %%rsp, %[kept]\n movq 0+%[w], %%rbx\n movq 8+%[w], %%rcx\n movq 16+%[w], %%rdx\n movq 24+%[w], %%rsi\n"    \
  "movq 32+%[w], %%rdi\n movq 40+%[w], %%rbp\n movq 48+%[w], %%r8\n movq 56+%[w], %%r9\n movq 64+%[w], %%r10\n"    \
  "movq 72+%[w], %%r11\n movq 80+%[w], %%r12\n movq 88+%[w], %%r13\n movq 96+%[w], %%r14\n movq 104+%[w], %%r15\n" \
  "movq 112+%[w], %%rax\n"
#define STORE_ALL                                                                                                   \
  "movq %%rbx, 0+%[s]\n movq %%rcx, 8+%[s]\n movq %%rdx, 16+%[s]\n movq %%rsi, 24+%[s]\n movq %%rdi, 32+%[s]\n"     \
  "movq %%rbp, 40+%[s]\n movq %%r8, 48+%[s]\n movq %%r9, 56+%[s]\n movq %%r10, 64+%[s]\n movq %%r11, 72+%[s]\n"     \
  "movq %%r12, 80+%[s]\n movq %%r13, 88+%[s]\n movq %%r14, 96+%[s]\n movq %%r15, 104+%[s]\n movq %%rax, 112+%[s]\n" \
  "movq %[kept], %%rsp\n"

// The instruction with all registers full. They are pushed around it, because the compiler cannot do without all of them.
#define WITH_ALL_REGISTERS(instruction)                                                                           \
  asm volatile(                                                                                                   \
      "subq $128, %%rsp\n push %%rbx\n push %%rbp\n push %%r12\n push %%r13\n push %%r14\n push %%r15\n" LOAD_ALL \
          instruction "\n" STORE_ALL                                                                              \
      "pop %%r15\n pop %%r14\n pop %%r13\n pop %%r12\n pop %%rbp\n pop %%rbx\n addq $128, %%rsp"                  \
      : [kept] "+m"(kept_rsp), [s] "+m"(seen)                                                                     \
      : [w] "m"(wanted)                                                                                           \
      : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc")

void fill(uint64_t number) {
  for (int i = 0; i < count; ++i) wanted[i] = 0x1111'1111'1111'1111ull * static_cast<uint64_t>(i + 1);
  wanted[count - 1] = number;
}

// rcx and r11 are lost by syscall, and by nothing else.
void compare(std::string_view what, bool by_syscall, uint64_t rax) {
  int wrong = 0;
  for (int i = 0; i < count - 1; ++i) {
    bool lost = by_syscall && (i == 1 || i == 9);
    if (!lost && seen[i] != wanted[i]) ++wrong;
  }
  say("{}: {} registers changed, rax {}\n", what, wrong, seen[count - 1] == rax ? "right" : "wrong");
}

void set_flags(uint64_t flags) { asm volatile("pushq %0; popfq" : : "r"(flags) : "memory", "cc"); }

// A child does it; its status is told.
template <typename Body>
void in_child(std::string_view what, Body body) {
  auto child = sys::fork();
  if (!child.ok()) return;
  if (child.value() == 0) {
    body();
    (void)sys::exit(0);
  }
  say("{}: ended with {}\n", what, wait_for(any_child).value_or(-1));
}

void sse_survives() {
  uint64_t before = 0x1234'5678'9abc'def0, after = 0;
  asm volatile("movq %0, %%xmm7" : : "r"(before) : "xmm7");
  auto child = sys::fork();
  asm volatile("movq %%xmm7, %0" : "=r"(after));
  bool here = after == before;
  if (child.value_or(1) == 0) {
    asm volatile("movq %0, %%xmm7" : : "r"(uint64_t{1}) : "xmm7");
    (void)sys::yield();
    (void)sys::exit(here);
  }
  int32_t there = wait_for(any_child).value_or(-1);
  asm volatile("movq %%xmm7, %0" : "=r"(after));
  say("xmm7: {} in the parent, {} in the child\n", after == before ? "kept" : "lost", there == 1 ? "kept" : "lost");
}

}  // namespace

int main(int, char**) {
  uint64_t pid = sys::getpid().value();
  fill(static_cast<uint64_t>(Sys::getpid));
  WITH_ALL_REGISTERS("syscall");
  compare("syscall", true, pid);
  fill(static_cast<uint64_t>(Sys::getpid));
  WITH_ALL_REGISTERS("int $0x80");
  compare("int 0x80", false, pid);
  fill(static_cast<uint64_t>(Sys::sleep));
  wanted[4] = 15'000'000;
  WITH_ALL_REGISTERS("syscall");
  compare("sleep", true, 0);
  fill(0);
  wanted[count - 1] = 400'000'000;
  WITH_ALL_REGISTERS("1: decq %%rax\n jnz 1b");
  compare("preemption", false, 0);
  sse_survives();

  constexpr uint64_t plain = 0x202;
  set_flags(plain | 1u << 10);
  say("direction flag: {}\n", sys::getpid().value() == pid ? "harmless" : "harmful");
  set_flags(plain | 1u << 18);
  say("AC: {}\n", sys::getpid().value() == pid ? "harmless" : "harmful");
  set_flags(plain | 1u << 14);
  say("NT: {}\n", sys::getpid().value() == pid ? "harmless" : "harmful");
  set_flags(plain);
  in_child("trap flag", [] { set_flags(plain | 1u << 8); });
  in_child("trap flag before syscall", [] {
    asm volatile("pushq $0x302; popfq; syscall" : : "a"(4) : "rcx", "r11", "memory");
  });
  in_child("divide by zero", [] { asm volatile("xorl %%ecx, %%ecx; divl %%ecx" : : : "rax", "rcx", "rdx"); });
  in_child("cli", [] { asm volatile("cli"); });
  in_child("int 14", [] { asm volatile("int $14"); });
  in_child("a segment of the kernel", [] { asm volatile("movl %0, %%ds" : : "r"(0x10)); });
  in_child("rdmsr", [] { asm volatile("rdmsr" : : "c"(0xc0000080) : "rax", "rdx"); });
  in_child("in", [] { asm volatile("inb $0x60, %%al" : : : "rax"); });
  in_child("kernel rip", [] { asm volatile("jmp *%0" : : "r"(0xffff'ffff'8010'1000)); });
  in_child("rip that is not canonical", [] { asm volatile("jmp *%0" : : "r"(0x8000'0000'0000ull)); });
  in_child("stack of the kernel", [] { asm volatile("movq $-4096, %%rsp; pushq %%rax" : : : "memory"); });
  in_child("syscall without a stack", [] {
    asm volatile("xorl %%esp, %%esp; movl $4, %%eax; syscall; movl $0, %%edi; movl $0, %%eax; syscall" : : : "memory");
  });
  in_child("breakpoint", [] { asm volatile("int3"); });
  return 0;
}
