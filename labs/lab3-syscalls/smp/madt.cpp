#include "smp/madt.hpp"

#include "acpi/tables.hpp"

namespace strata {

namespace {

// Behind the header: address of the local APICs and flags, then the entries.
constexpr size_t first_entry = sizeof(acpi::TableHeader) + 8;

struct [[gnu::packed]] LocalApic {
  uint8_t type, length, processor, apic_id;
  uint32_t flags;
};
constexpr uint8_t local_apic = 0;
constexpr uint32_t enabled = 1;

}  // namespace

Result<> find_apic_ids(Span<const uint8_t> table, ApicIds& ids) {
  ids.clear();
  for (size_t at = first_entry; at < table.size();) {
    if (table.size() - at < 2) return Error::InvalidArgument;
    uint8_t type = table[at], length = table[at + 1];
    if (length < 2 || length > table.size() - at) return Error::InvalidArgument;
    if (type == local_apic && length >= sizeof(LocalApic)) {
      LocalApic entry;
      __builtin_memcpy(&entry, table.data() + at, sizeof entry);
      if ((entry.flags & enabled) != 0 && ids.size() < most_cpus) TRY(ids.push(entry.apic_id));
    }
    at += length;
  }
  return {};
}

}  // namespace strata
