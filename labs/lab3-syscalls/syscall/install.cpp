#include "syscall/syscall_table.hpp"

namespace strata {

constinit SyscallTable native_calls;

namespace {

uint64_t not_there_yet(TrapFrame&) { return register_value(Error::NotFound); }

}  // namespace

uint64_t invalid_call(TrapFrame&) { return register_value(Error::InvalidSyscall); }
uint64_t unimplemented_call(TrapFrame&) { return register_value(Error::Unimplemented); }

void install_calls() {
#define CALL(number, name, parameters, arguments) native_calls.handlers[number] = not_there_yet;
#define RESERVED(number, name) CALL(number, name, , )
#include "abi/calls.def"
#undef CALL
#undef RESERVED
  install_process_calls();
  install_memory_calls();
  install_handle_calls();
  install_system_calls();
}

}  // namespace strata
