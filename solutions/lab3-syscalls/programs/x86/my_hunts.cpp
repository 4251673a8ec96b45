// Challenge 3.11: programs that show what is wrong with a kernel. `my_hunts NAME` is one hunt; the tests run each by itself.
// Invariant: on a kernel that keeps the promises of abi/abi.hpp, no hunt finds anything.
#include "programs/x86/my_hunts.hpp"

#include "debug/unimplemented.hpp"
#include "runtime/program.hpp"

namespace strata {

//@ solution
namespace {

struct Changes {
  uint64_t registers, rax;
};

// Makes the call with the numbers `pattern` + 0 to 5 in rbx, rbp, r12 to r15: how many of them have changed, and what it returned.
extern "C" Changes changed_by_call(uint64_t number, uint64_t argument, uint64_t pattern);

}  // namespace

asm(R"(
    .text
changed_by_call:
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
    pushq %rdx
    leaq 0(%rdx), %rbx
    leaq 1(%rdx), %rbp
    leaq 2(%rdx), %r12
    leaq 3(%rdx), %r13
    leaq 4(%rdx), %r14
    leaq 5(%rdx), %r15
    movq %rdi, %rax
    movq %rsi, %rdi
    syscall
    movq %rax, %rdx
    popq %rsi                                       # from memory: the registers are what we doubt
    xorl %eax, %eax
    .macro count_if_changed register, plus
    leaq \plus(%rsi), %rcx
    cmpq %rcx, %\register
    setne %cl
    movzbl %cl, %ecx
    addl %ecx, %eax
    .endm
    count_if_changed rbx, 0
    count_if_changed rbp, 1
    count_if_changed r12, 2
    count_if_changed r13, 3
    count_if_changed r14, 4
    count_if_changed r15, 5
    .purgem count_if_changed
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    ret
)");

//@ end
// EXERCISE 3.11  Which calls do not come back the way they went?
Result<bool> lost_register() {
  //@ solution
  constexpr uint64_t pattern = 0x1234'5678'9abc'def0;
  auto [changed, rax] = changed_by_call(static_cast<uint64_t>(Sys::fork), 0, pattern);
  if (rax == 0) (void)sys::exit(changed != 0);
  return changed != 0 || TRY(wait_for(any_child)) != 0;
  //@ skeleton
  // return unimplemented("3.11 lost_register");
  //@ end
}

// EXERCISE 3.11  Who reads the selectors, and when?
Result<bool> wrong_selectors() {
  //@ solution
  auto selectors = [] {
    uint64_t code, stack;
    asm volatile("movq %%cs, %0\n movq %%ss, %1" : "=r"(code), "=r"(stack));
    return code << 16 | stack;
  };
  uint64_t before = selectors();
  (void)sys::getpid();
  bool changed = selectors() != before;
  (void)call_by_interrupt(static_cast<uint64_t>(Sys::getpid));  // iretq looks into the table
  return changed;
  //@ skeleton
  // return unimplemented("3.11 wrong_selectors");
  //@ end
}

// EXERCISE 3.11  Which sum of two large numbers is small?
Result<bool> trusted_range() {
  //@ solution
  constexpr uint64_t from = ~uint64_t{0xfff}, size = 0x2000;
  return sys::write(handle::standard_output, reinterpret_cast<const char*>(from), size).error() != Error::BadAddress;
  //@ skeleton
  // return unimplemented("3.11 trusted_range");
  //@ end
}

// EXERCISE 3.11  What of its own memory may a program not write to?
Result<bool> trusted_page() {
  //@ solution
  static const SystemInfo constant{.cpus = 1000};
  auto outcome = sys::sysinfo(const_cast<SystemInfo*>(&constant));
  return outcome.error() != Error::BadAddress || static_cast<const volatile SystemInfo&>(constant).cpus != 1000;
  //@ skeleton
  // return unimplemented("3.11 trusted_page");
  //@ end
}

// EXERCISE 3.11  Two must be in the kernel at the same time. How does the one that goes on notice whose frame it has?
Result<bool> shared_stack() {
  //@ solution
  constexpr uint64_t parents = 0x1111'1111'1111'1100, childs = 0x2222'2222'2222'2200, rounds = 4;
  bool is_child = TRY(sys::fork()) == 0;
  uint64_t changed = 0;
  for (uint64_t i = 0; i < rounds; ++i) {
    changed += changed_by_call(static_cast<uint64_t>(Sys::yield), 0, is_child ? childs : parents).registers;
  }
  if (is_child) (void)sys::exit(changed != 0);
  return changed != 0 || TRY(wait_for(any_child)) != 0;
  //@ skeleton
  // return unimplemented("3.11 shared_stack");
  //@ end
}

// EXERCISE 3.11  Where does the copy go instead? Whatever is compiled relies on a clear flag, so set it for one instruction.
Result<bool> direction_flag() {
  //@ solution
  constexpr uint64_t mark = 0xa5a5'a5a5'a5a5'a5a5;
  struct {
    uint64_t before[8];
    SystemInfo info;
  } memory;
  for (uint64_t& word : memory.before) word = mark;
  memory.info.calls = mark;
  uint64_t rax = static_cast<uint64_t>(Sys::sysinfo);
  asm volatile("std\n syscall\n cld" : "+a"(rax) : "D"(&memory.info) : "rcx", "r11", "memory", "cc");
  bool below = false;
  for (uint64_t word : memory.before) below = below || word != mark;
  return below || rax != 0 || memory.info.calls == mark;
  //@ skeleton
  // return unimplemented("3.11 direction_flag");
  //@ end
}

}  // namespace strata

// The hunt of that name, or all. The status of the last one: 0, nothing; 1, found; or an error.
int main(int argc, char** argv) {
  using namespace strata;
  constexpr struct {
    std::string_view name;
    Result<bool> (*hunt)();
  } hunts[] = {{"lost_register", lost_register}, {"wrong_selectors", wrong_selectors},
               {"trusted_range", trusted_range}, {"trusted_page", trusted_page},
               {"shared_stack", shared_stack},   {"direction_flag", direction_flag}};
  auto status = static_cast<int>(Error::NotFound);
  for (auto [name, hunt] : hunts) {
    if (argc > 1 && name != argv[1]) continue;
    auto found = hunt();
    if (found.ok()) {
      say("{}: {}\n", name, found.value() ? "found" : "nothing");
    } else {
      say("{}: {}\n", name, found.error());
    }
    status = found.ok() ? found.value() : static_cast<int>(found.error());
  }
  return status;
}
