// The CPUs of the machine.
#pragma once

#include "lib/result.hpp"

namespace strata {

// Gives the CPU that boots its Cpu, so that this_cpu() works. Cannot fail.
Result<> start_this_cpu();

}  // namespace strata
