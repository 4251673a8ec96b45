// Programs: ELF64 executables (System V ABI, "Object Files"; x86-64 supplement). The file is input from outside: every number in it
// may be wrong.
#pragma once

#include "abi/abi.hpp"
#include "lib/address.hpp"
#include "lib/fixed_vector.hpp"
#include "lib/result.hpp"
#include "lib/span.hpp"
#include "mm/address_space.hpp"

namespace strata {

// One range of memory that the file describes, in whole pages.
struct ElfSegment {
  Va start;  // of the first page
  uint64_t pages = 0;
  Va contents;  // where the file's bytes go; the rest is zeros
  Span<const uint8_t> bytes;
  Perms perms;
};

struct ElfImage {
  static constexpr size_t most_segments = 8;
  FixedVector<ElfSegment, most_segments> segments;  // in ascending order
  Va entry;
  bool native = false;  // has the note of our ABI
};

// Pure: what the file asks for. InvalidArgument: not an ELF64 executable for x86-64; a header or a segment that leaves the file or
// user space; segments that share a page or are out of order; one that may be written and executed; an entry that may
// not be executed. NotSupported: a note of another version of the ABI. TableFull: more than most_segments.
Result<> parse_elf(Span<const uint8_t> file, ElfImage& image);

// Maps the image into a space, each segment with memory of its own. OutOfMemory, AlreadyExists: some of it is mapped.
Result<> load_elf(const ElfImage& image, AddressSpace& space);

}  // namespace strata
