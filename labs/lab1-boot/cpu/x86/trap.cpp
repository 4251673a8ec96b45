#include "cpu/trap.hpp"

#include "cpu/attempt.hpp"
#include "cpu/x86/control.hpp"
#include "debug/panic.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

constinit UserTrapHook on_user_trap = nullptr;

namespace {

constinit TrapHandler handlers[256] = {};

void count_breakpoint(TrapFrame&) {}

}  // namespace

TrapHandler set_trap_handler(uint8_t vector, TrapHandler handler) {
  TrapHandler before = handlers[vector];
  handlers[vector] = handler;
  return before;
}

void handle_trap(TrapFrame& frame) {
  TrapHandler handler = handlers[frame.vector & 0xff];
  if (frame.from_user() && on_user_trap) return on_user_trap(frame, handler);
  if (!handler) panic_trap(frame, read_cr2());
  handler(frame);
}

Result<> try_breakpoint() {
  TrapHandler before = set_trap_handler(vector::breakpoint, count_breakpoint);
  bool survived = attempt([](void*) { asm volatile("int3"); }, nullptr);
  set_trap_handler(vector::breakpoint, before);
  if (survived) return {};
  return last_unimplemented() == trap_entry_exercise ? Error::Unimplemented : Error::Internal;
}

}  // namespace strata
