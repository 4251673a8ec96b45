#include "boot/boot_info.hpp"

#include "console/console.hpp"
#include "debug/panic.hpp"

namespace strata {

namespace {

constinit Span<const uint8_t> block;
constinit BootInfo info;

constexpr uint64_t mib = 0x10'0000;

std::string_view name_of(MemoryKind kind) {
  switch (kind) {
    case MemoryKind::Usable: return "usable";
    case MemoryKind::Reserved: return "reserved";
    case MemoryKind::AcpiReclaimable: return "ACPI tables";
    case MemoryKind::AcpiStorage: return "ACPI storage";
    case MemoryKind::Bad: return "bad";
  }
  return "?";
}

void print_memory() {
  uint64_t usable = 0;
  for (const MemoryRange& range : info.memory) {
    log("[MEMORY] {:012x} - {:012x} {}\n", range.base.value, (range.base + range.length).value, name_of(range.kind));
    if (range.kind == MemoryKind::Usable) usable += range.length;
  }
  log("[MEMORY] {} ranges, {} MiB usable\n", info.memory.size(), usable / mib);
}

void print_modules() {
  for (const BootModule& module : info.modules) {
    log("[MODULE] {:012x} - {:012x} {}\n", module.start.value, module.end.value, module.name);
  }
}

}  // namespace

void set_boot_block(uint32_t magic, Pa start) {
  if (magic != multiboot2::loader_magic) panic("entered with magic {:x}: not by a multiboot2 loader", magic);
  auto* header = direct_map_as<const multiboot2::BlockHeader>(start);
  block = {direct_map_as<const uint8_t>(start), header->total_size};
}

Span<const uint8_t> boot_block() { return block; }

Result<> start_boot_info() {
  info = BootInfo{};
  TRY(parse_boot_info(block, info));
  print_memory();
  print_modules();
  return {};
}

const BootInfo& boot_info() { return info; }

}  // namespace strata
