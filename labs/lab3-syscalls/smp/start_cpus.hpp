// The CPUs of the machine.
#pragma once

#include "lib/result.hpp"

namespace strata {

// Gives the CPU that boots its Cpu, so that this_cpu() works. Cannot fail.
Result<> start_this_cpu();

// Starts all others that ACPI knows of; each goes to its idle thread. Prints [SMP]. Only after start_scheduler(); what that needs is
// missing here, too. NotFound: no ACPI table. OutOfMemory. Timeout: one of them did not come; those before it run.
Result<> start_other_cpus();

}  // namespace strata
