// Which CPUs the machine has: ACPI's "Multiple APIC Description Table" (ACPI specification 6.4, 5.2.12).
#pragma once

#include <cstdint>

#include "lib/fixed_vector.hpp"
#include "smp/cpu.hpp"

namespace strata {

using ApicIds = FixedVector<uint8_t, most_cpus>;

// Pure. The local APICs of the CPUs that can be used, in the table's order; those beyond most_cpus are left out. `table` is the
// whole table, header and all. InvalidArgument: an entry that leaves it.
Result<> find_apic_ids(Span<const uint8_t> table, ApicIds& ids);

}  // namespace strata
