// Ends the machine with the value for success, before it has said anything.
#include "cpu/x86/machine.hpp"

extern "C" void kernel_main(uint32_t, uint32_t) { strata::end_machine(strata::MachineEnd::Finished); }
