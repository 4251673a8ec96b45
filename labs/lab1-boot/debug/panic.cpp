// The panic frame: reason, place, registers and backtrace, on the console and (the reason) on the report port.
// Invariant: a panic inside a panic ends the machine at once, so this code may use what might be broken.
#include "debug/panic.hpp"

#include "console/console.hpp"
#include "cpu/attempt.hpp"
#include "cpu/explain_fault.hpp"
#include "cpu/trap.hpp"
#include "cpu/x86/control.hpp"
#include "cpu/x86/machine.hpp"
#include "lib/text_buffer.hpp"
#include "report/report.hpp"

namespace strata {

extern "C" {
extern const char boot_stack_guard[];  // one page that is never mapped
extern const char boot_stack[];
extern const char boot_stack_top[];
}

constinit StackSource stack_in_use = nullptr;

namespace {

constinit bool panicking = false;

uint64_t address_of(const void* object) { return reinterpret_cast<uint64_t>(object); }

// The reason: one line, for the console and for the report.
using LineBuffer = TextBuffer<160>;

void begin(const LineBuffer& reason, uint64_t place) {
  if (panicking) end_machine(MachineEnd::Panic);
  panicking = true;
  report::panic(reason.text(), place);
  log("\n*** PANIC: {}\n", reason.text());
}

[[noreturn]] void end() {
  if (!in_attempt()) end_machine(MachineEnd::Panic);
  panicking = false;
  abandon_attempt();
}

void print_place(uint64_t address) { log("    {:016x} {}\n", address, symbol_at({address})); }

// A return address may already belong to the next function when the call never returns: look one byte before it.
void print_callers(uint64_t frame_pointer) {
  constexpr size_t most_callers = 32;
  uint64_t callers[most_callers];
  StackBounds stack = stack_in_use ? stack_in_use() : StackBounds{};
  if (stack.high == 0) stack = {address_of(boot_stack), address_of(boot_stack_top)};
  size_t count = walk_frames(frame_pointer, stack, callers).value_or(0);
  for (size_t i = 0; i < count; ++i) print_place(callers[i] - 1);
}

void print_registers(const TrapFrame& frame, uint64_t cr2) {
  log("    rax {:016x}  rbx {:016x}  rcx {:016x}  rdx {:016x}\n", frame.rax, frame.rbx, frame.rcx, frame.rdx);
  log("    rsi {:016x}  rdi {:016x}  rbp {:016x}  rsp {:016x}\n", frame.rsi, frame.rdi, frame.rbp, frame.rsp);
  log("    r8  {:016x}  r9  {:016x}  r10 {:016x}  r11 {:016x}\n", frame.r8, frame.r9, frame.r10, frame.r11);
  log("    r12 {:016x}  r13 {:016x}  r14 {:016x}  r15 {:016x}\n", frame.r12, frame.r13, frame.r14, frame.r15);
  log("    rip {:016x}  cs {:04x}  rflags {:08x}  error {:x}\n", frame.rip, frame.cs, frame.rflags, frame.error);
  log("    cr2 {:016x}  cr3 {:016x}\n", cr2, read_cr3());
}

}  // namespace

void panic_arguments(std::string_view format, Span<const PrintArgument> arguments) {
  LineBuffer reason;
  print_arguments_plain(reason, format, arguments);
  begin(reason, 0);
  print_callers(address_of(__builtin_frame_address(0)));
  end();
}

void panic_trap(const TrapFrame& frame, uint64_t cr2) {
  LineBuffer reason;
  if (!explain_fault(reason, frame, cr2).ok()) print(reason, "vector {}", frame.vector);
  begin(reason, frame.rip);
  bool cr2_counts = frame.vector == vector::page_fault || frame.vector == vector::double_fault;
  if (cr2_counts && cr2 - address_of(boot_stack_guard) < bytes_of(PageSize::Size4K)) {
    log("    cr2 lies in the guard page below the boot stack: the stack has overflowed\n");
  }
  print_registers(frame, cr2);
  print_place(frame.rip);
  print_callers(frame.rbp);
  end();
}

void span_out_of_range(size_t index, size_t size) { panic("Span: index {} of {}", index, size); }

}  // namespace strata

// What libstdc++'s headers call when a std::string_view is cut out of range.
namespace std {
void __throw_out_of_range_fmt(const char* what, ...) { strata::panic(what); }
}  // namespace std
