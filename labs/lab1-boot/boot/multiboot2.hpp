// The boot information that GRUB leaves in memory (Multiboot2 specification 2.0, section 3.6), and what the kernel takes
// from it. The block is input from outside: every length in it may be wrong.
//
//     block:  | total_size u32 | reserved u32 | tag | tag | ... | end tag |
//     tag:    | type u32 | size u32 | contents ... |      each tag starts at a multiple of 8 from the block's start;
//                                                         `size` counts its own 8 bytes, but not the padding behind it
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/address.hpp"
#include "lib/fixed_vector.hpp"
#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

namespace multiboot2 {

inline constexpr uint32_t loader_magic = 0x36d7'6289;  // in eax when the kernel is entered

enum class TagType : uint32_t { End = 0, CommandLine = 1, Module = 3, MemoryMap = 6 };

struct BlockHeader {
  uint32_t total_size;  // of the whole block, this header included
  uint32_t reserved;
};

struct TagHeader {
  TagType type;  // types that are not listed above are skipped
  uint32_t size;
};

// Module: a file that GRUB loaded. A NUL-terminated string follows.
struct ModuleTag {
  TagHeader header;
  uint32_t start;  // physical; first byte
  uint32_t end;    // physical; first byte behind it, not below `start`
};

// Memory map: entries of `entry_size` bytes follow, up to the end of the tag.
struct MemoryMapTag {
  TagHeader header;
  uint32_t entry_size;  // at least 24, a multiple of 8; a later version may append fields
  uint32_t entry_version;
};

struct MemoryMapEntry {
  uint64_t base;
  uint64_t length;
  uint32_t type;
  uint32_t reserved;
};

static_assert(sizeof(BlockHeader) == 8 && sizeof(TagHeader) == 8);
static_assert(sizeof(ModuleTag) == 16 && sizeof(MemoryMapTag) == 16 && sizeof(MemoryMapEntry) == 24);

}  // namespace multiboot2

enum class MemoryKind : uint32_t { Usable = 1, Reserved = 2, AcpiReclaimable = 3, AcpiStorage = 4, Bad = 5 };

struct MemoryRange {
  Pa base;
  uint64_t length = 0;  // in bytes; base + length does not wrap
  MemoryKind kind = MemoryKind::Reserved;
};

struct BootModule {
  Pa start;
  Pa end;
  std::string_view name;  // stands in the block
};

struct BootInfo {
  static constexpr size_t most_memory_ranges = 128;
  static constexpr size_t most_modules = 16;

  FixedVector<MemoryRange, most_memory_ranges> memory;  // in the order of the map
  FixedVector<BootModule, most_modules> modules;        // in the order of the tags
  std::string_view command_line;                        // stands in the block; empty when there is none
};

// Reads `block` (aligned to 8; it may be longer than the boot information in it) into `info`, which is empty before.
// InvalidArgument: a length that leaves the block or its tag or is too small for its contents, an entry size that is not
// allowed, a range that wraps or a module that ends before it starts, a string without its NUL, or no end tag.
// TableFull: more ranges or modules than BootInfo holds. After an error `info` means nothing.
// A range type that is not in MemoryKind is Reserved.
Result<> parse_boot_info(Span<const uint8_t> block, BootInfo& info);

}  // namespace strata
