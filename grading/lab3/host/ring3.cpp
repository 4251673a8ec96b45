// What calls and copies need of a machine, where there is no ring 3: the tests bring their own processes and tables.
#include "debug/panic.hpp"
#include "syscall/dispatch.hpp"
#include "user/copy.hpp"

namespace strata {

namespace {

uint64_t copy_of_nobody(void*, const void*, uint64_t) { panic("a copy without a process"); }
Result<> resolve_of_nobody(uint64_t, bool) { panic("a page of no process"); }

}  // namespace

constinit UserMemory user_memory{copy_of_nobody, resolve_of_nobody};

uint64_t invalid_call(TrapFrame&) { return register_value(Error::InvalidSyscall); }
uint64_t unimplemented_call(TrapFrame&) { return register_value(Error::Unimplemented); }

}  // namespace strata
