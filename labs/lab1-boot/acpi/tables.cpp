#include "acpi/tables.hpp"

#include "console/console.hpp"
#include "lib/span.hpp"

namespace strata {

namespace acpi {
namespace {

// The root system description pointer (5.2.5.3); only its first 20 bytes exist in revision 0.
struct [[gnu::packed]] RootPointer {
  char signature[8];
  uint8_t checksum;
  char oem_id[6];
  uint8_t revision;
  uint32_t rsdt;
};
static_assert(sizeof(RootPointer) == 20);

// Where a BIOS leaves the root pointer, at a multiple of 16 (5.2.5.1).
constexpr Pa bios_area{0xe'0000};
constexpr Pa bios_area_end{0x10'0000};

// The first 4 GiB are mapped, and no firmware makes tables larger than this.
constexpr uint32_t largest_table = 16 * 1024 * 1024;

constinit const TableHeader* root = nullptr;

bool adds_up(const void* start, size_t size) {
  uint8_t sum = 0;
  for (uint8_t byte : Span(static_cast<const uint8_t*>(start), size)) sum = static_cast<uint8_t>(sum + byte);
  return sum == 0;
}

bool valid(const TableHeader* table) {
  return table->length >= sizeof(TableHeader) && table->length <= largest_table && adds_up(table, table->length);
}

const TableHeader* find_root() {
  for (Pa at = bios_area; at < bios_area_end; at = at + 16) {
    auto* pointer = direct_map_as<const RootPointer>(at);
    bool found = std::string_view(pointer->signature, 8) == "RSD PTR " && adds_up(pointer, sizeof(RootPointer));
    if (found) return direct_map_as<const TableHeader>(Pa{pointer->rsdt});
  }
  return nullptr;
}

// The root table is a header and the physical addresses of the others, 32 bits each (5.2.7).
size_t table_count() { return (root->length - sizeof(TableHeader)) / sizeof(uint32_t); }

const TableHeader* table_at(size_t index) {
  uint32_t address;
  __builtin_memcpy(&address, reinterpret_cast<const uint8_t*>(root + 1) + index * sizeof address, sizeof address);
  return direct_map_as<const TableHeader>(Pa{address});
}

std::string_view signature_of(const TableHeader* table) { return {table->signature, 4}; }

}  // namespace

Result<const TableHeader*> find_table(std::string_view signature) {
  for (size_t i = 0; root && i < table_count(); ++i) {
    const TableHeader* table = table_at(i);
    if (signature_of(table) == signature && valid(table)) return table;
  }
  return Error::NotFound;
}

}  // namespace acpi

Result<> start_acpi() {
  using namespace acpi;
  const TableHeader* found = find_root();
  if (!found || !valid(found)) return Error::NotFound;
  root = found;
  log("[ACPI] {} tables:", table_count());
  for (size_t i = 0; i < table_count(); ++i) log(" {}", signature_of(table_at(i)));
  log("\n");
  return {};
}

}  // namespace strata
