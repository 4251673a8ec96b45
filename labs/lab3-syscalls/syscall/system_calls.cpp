// Calls about time, the machine, and words of memory that threads wait for.
#include "mm/frames.hpp"
#include "mm/heap.hpp"
#include "process/futex.hpp"
#include "process/process.hpp"
#include "syscall/syscall_table.hpp"
#include "time/clock.hpp"

namespace strata {

namespace {

constexpr uint64_t nanoseconds_a_tick = 1'000'000'000 / ticks_per_second;

// The first tick that is not too early; the one that runs now has begun already.
uint64_t tick_after(uint64_t nanoseconds) {
  return clock().ticks() + nanoseconds / nanoseconds_a_tick + (nanoseconds % nanoseconds_a_tick != 0) + 1;
}

Result<uint64_t> sys_clock_get() { return clock().nanoseconds(); }

Result<uint64_t> sys_sleep(uint64_t nanoseconds) {
  if (nanoseconds != 0) return tail_wait_until(nullptr, tick_after(nanoseconds));
  give_way();
  return 0;
}

Result<uint64_t> sys_sysinfo(UserPtr<SystemInfo> info) {
  SystemInfo it{.cpus = cpu_count,
                .total_frames = total_frames(),
                .free_frames = free_frames(),
                .processes = process_count(),
                .calls = native_calls.invalid,
                .invalid_calls = native_calls.invalid,
                .heap_bytes = heap::used_bytes()};
  for (uint64_t count : native_calls.counts) it.calls += count;
  for (size_t i = 0; i < cpu_count; ++i) it.iret_exits += cpus[i].iret_exits;
  TRY(info.write(it));
  return 0;
}

Result<uint64_t> sys_futex_wait(UserPtr<const uint32_t> word, uint32_t expected, uint64_t nanoseconds) {
  Futex futex = TRY(Futex::at(*current_thread().process, word));
  if (TRY(word.read()) != expected) return Error::Again;
  current_thread().wait_key = futex.key;
  if (nanoseconds == no_timeout) return tail_wait(*futex.queue);
  return tail_wait_until(futex.queue, tick_after(nanoseconds));
}

Result<uint64_t> sys_futex_wake(UserPtr<const uint32_t> word, uint32_t count) {
  return TRY(Futex::at(*current_thread().process, word)).wake(count);
}

}  // namespace

void install_system_calls() {
  install<Sys::clock_get, sys_clock_get>();
  install<Sys::sleep, sys_sleep>();
  install<Sys::sysinfo, sys_sysinfo>();
  install<Sys::futex_wait, sys_futex_wait>();
  install<Sys::futex_wake, sys_futex_wake>();
}

}  // namespace strata
