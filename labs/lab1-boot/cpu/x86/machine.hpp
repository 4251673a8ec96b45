// How the machine ends. Under QEMU its debug-exit device ends the emulator at once and tells the host why; on a machine
// without one the CPU halts for good.
#pragma once

#include <cstdint>

namespace strata {

enum class MachineEnd : uint8_t { Finished = 0x10, Panic = 0x11 };

[[noreturn]] void end_machine(MachineEnd why);

}  // namespace strata
