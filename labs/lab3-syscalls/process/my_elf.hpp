// Challenge 3.12: what an ELF file asks for, page by page. It comes from outside, and every number in it may be wrong.
// (System V ABI, "Object Files" and "Program Loading"; x86-64 supplement, 3 and 5.) process/elf.hpp, which the kernel uses, is for
// files of our own linker: it takes no segments that share a page, and does not ask for everything that is asked here.
#pragma once

#include "lib/address.hpp"
#include "lib/result.hpp"
#include "lib/span.hpp"
#include "mm/address_space.hpp"

namespace strata {

// The format; nothing in the file need be aligned in memory.
struct ElfFileHeader {
  uint8_t ident[16] = {};  // 7f 'E' 'L' 'F', class (2: 64 bits), data (1: little-endian), version (1)
  uint16_t type = 0, machine = 0;
  uint32_t version = 0;  // 1
  uint64_t entry = 0;
  uint64_t program_headers = 0, section_headers = 0;  // offsets in the file
  uint32_t flags = 0;
  uint16_t header_size = 0, program_header_size = 0, program_header_count = 0;
  uint16_t section_header_size = 0, section_header_count = 0, names = 0;
};
static_assert(sizeof(ElfFileHeader) == 64);

struct ElfProgramHeader {
  uint32_t type = 0, flags = 0;
  uint64_t offset = 0, address = 0, physical_address = 0, file_size = 0, memory_size = 0, alignment = 0;
};
static_assert(sizeof(ElfProgramHeader) == 56);

namespace elf {
inline constexpr uint16_t executable = 2, x86_64 = 62;                                  // type, machine
inline constexpr uint32_t load = 1, dynamic = 2, interpreter = 3, stack = 0x6474'e551;  // types of program headers
inline constexpr uint32_t may_execute = 1, may_write = 2;                               // flags of program headers
}  // namespace elf

// Pages with the same rights.
struct ElfPages {
  Va start;
  uint64_t pages = 0;
  Perms perms;
};

struct ElfPlan {
  static constexpr size_t most_segments = 8;  // that are not empty
  ElfPages ranges[2 * most_segments];
  size_t count = 0;
  Va entry;
};

// Challenge 3.12. Pure. Puts into `plan` every page that the file wants, once, in ascending order, with the rights of all
// segments (elf::load) that have bytes in it; neighbours with the same rights are one range. A segment without a byte in memory asks
// for nothing. Headers of other types mean nothing, but for those named here.
//
// InvalidArgument: wrong magic number, versions or sizes of headers; a table of program headers that does not begin at a multiple
// of 8 or is not all in the file. A segment that has more bytes in the file than in memory, or some that are not there; whose alignment
// is not a power of two of at least 4 KiB, or whose address and offset differ by something else than a multiple of it; which begins
// before the last one has ended, or is not between AddressSpace::start_of_space and end_of_space. An entry that is in no segment
// that may be executed.
// NotSupported: another class, byte order, type or machine; a file that wants an interpreter or is linked dynamically.
// PermissionDenied: a page could be written and executed, or the stack executed.
// TableFull: too many segments. If there are several reasons, any of them. After an error `plan` may hold anything.
Result<> plan_elf(Span<const uint8_t> file, ElfPlan& plan);

}  // namespace strata
