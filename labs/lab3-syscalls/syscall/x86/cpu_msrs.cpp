#include "console/console.hpp"
#include "cpu/x86/control.hpp"
#include "syscall/x86/msr.hpp"

namespace strata {

extern "C" const char syscall_entry[];  // exercise 3.2

uint64_t CpuMsrs::read(uint32_t number) { return read_msr(number); }

void CpuMsrs::write(uint32_t number, uint64_t value) { write_msr(number, value); }

Result<> start_syscall() {
  CpuMsrs msrs;
  TRY(enable_syscall(msrs, Va{reinterpret_cast<uint64_t>(syscall_entry)}));
  log("[SYSCALL] efer {:x}, star {:016x}, lstar {:x}, sfmask {:x}\n", msrs.read(msr::efer), msrs.read(msr::star),
      msrs.read(msr::lstar), msrs.read(msr::sfmask));
  return {};
}

}  // namespace strata
