#include "process/process.hpp"
#include "sched/thread.hpp"
#include "smp/cpu.hpp"
#include "user/copy.hpp"

namespace strata {

extern "C" uint64_t copy_user_memory(void* to, const void* from, uint64_t bytes);  // x86/user_copy.S

namespace {

Result<> resolve(uint64_t address, bool write) {
  Process* process = current_thread().process.get();
  if (!process || !process->space) return Error::BadAddress;
  return process->space->resolve(Va{address}, {.write = write});
}

}  // namespace

constinit UserMemory user_memory{copy_user_memory, resolve};

}  // namespace strata
