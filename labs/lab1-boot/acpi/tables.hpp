// The ACPI tables in which the firmware describes the machine (ACPI specification 6.4, 5.2). Only looked up here; what a
// table means is known to the driver that asks for it.
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/address.hpp"
#include "lib/result.hpp"

namespace strata::acpi {

// Every table starts with this (5.2.6). `length` covers the whole table; all its bytes add up to 0 (mod 256).
struct [[gnu::packed]] TableHeader {
  char signature[4];
  uint32_t length;
  uint8_t revision;
  uint8_t checksum;
  char oem_id[6];
  char oem_table_id[8];
  uint32_t oem_revision;
  uint32_t creator_id;
  uint32_t creator_revision;
};
static_assert(sizeof(TableHeader) == 36);

// The first table with this signature ("APIC", "HPET", "FACP"), checksum verified; it lives in ACPI memory for good.
// NotFound: there is none, or its checksum is wrong. Only after start_acpi().
Result<const TableHeader*> find_table(std::string_view signature);

}  // namespace strata::acpi

namespace strata {

// Finds the root table and prints the names of all tables. NotFound: this machine has no ACPI.
Result<> start_acpi();

}  // namespace strata
