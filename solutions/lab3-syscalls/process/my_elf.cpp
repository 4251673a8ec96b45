// Challenge 3.12: what an ELF file asks for.
// Invariant: no sum of two numbers of the file is ever trusted; a difference is, once it is known who is larger.
#include "process/my_elf.hpp"

#include "debug/unimplemented.hpp"
#include "mm/frame.hpp"

namespace strata {

//@ solution
namespace {

bool holds(Span<const uint8_t> file, uint64_t at, uint64_t bytes) {
  return bytes <= file.size() && at <= file.size() - bytes;
}

// The file holds it.
template <typename T>
T copy_of(Span<const uint8_t> file, uint64_t at) {
  T it;
  __builtin_memcpy(&it, &file.data()[at], sizeof it);
  return it;
}

Result<> check(const ElfFileHeader& it) {
  constexpr uint8_t magic[] = {0x7f, 'E', 'L', 'F'};
  for (size_t i = 0; i < sizeof magic; ++i) {
    if (it.ident[i] != magic[i]) return Error::InvalidArgument;
  }
  if (it.ident[6] != 1 || it.version != 1) return Error::InvalidArgument;
  bool is_ours = it.ident[4] == 2 && it.ident[5] == 1 && it.type == elf::executable && it.machine == elf::x86_64;
  if (!is_ours) return Error::NotSupported;
  bool sizes = it.header_size == sizeof it && it.program_header_size == sizeof(ElfProgramHeader);
  return sizes && is_aligned(it.program_headers, 8) ? Result<>() : Error::InvalidArgument;
}

bool is_power_of_two(uint64_t value) { return value != 0 && (value & (value - 1)) == 0; }

// `lowest`: where it may begin.
Result<> check(Span<const uint8_t> file, const ElfProgramHeader& it, uint64_t lowest) {
  constexpr uint64_t end = AddressSpace::end_of_space.value;
  if (it.file_size > it.memory_size || !holds(file, it.offset, it.file_size)) return Error::InvalidArgument;
  if (it.memory_size == 0) return {};
  if (!is_power_of_two(it.alignment) || it.alignment < frame_size) return Error::InvalidArgument;
  if (!is_aligned(it.address - it.offset, it.alignment)) return Error::InvalidArgument;
  bool fits = it.address >= lowest && it.address < end && it.memory_size <= end - it.address;
  return fits ? Result<>() : Error::InvalidArgument;
}

void append(ElfPlan& plan, Va start, uint64_t pages, Perms perms) {
  if (plan.count != 0) {
    ElfPages& last = plan.ranges[plan.count - 1];
    if (last.start + last.pages * frame_size == start && last.perms == perms) {
      last.pages += pages;
      return;
    }
  }
  if (pages != 0) plan.ranges[plan.count++] = {start, pages, perms};
}

// The last page that was planned, out of the plan again. Returns its rights.
Perms take_last_page(ElfPlan& plan) {
  ElfPages& last = plan.ranges[plan.count - 1];
  if (--last.pages == 0) --plan.count;
  return last.perms;
}

Va end_of(const ElfPlan& plan) {
  if (plan.count == 0) return Va{0};
  const ElfPages& last = plan.ranges[plan.count - 1];
  return last.start + last.pages * frame_size;
}

// At most one page is shared with what is planned, because no byte is.
Result<> add(ElfPlan& plan, const ElfProgramHeader& it) {
  Perms perms{.write = (it.flags & elf::may_write) != 0, .execute = (it.flags & elf::may_execute) != 0, .user = true};
  Va start{align_down(it.address, frame_size)}, end{align_up(it.address + it.memory_size, frame_size)};
  if (end_of(plan) > start) {
    Perms both = take_last_page(plan);
    both.write |= perms.write;
    both.execute |= perms.execute;
    if (both.write && both.execute) return Error::PermissionDenied;
    append(plan, start, 1, both);
    start = start + frame_size;
  }
  if (perms.write && perms.execute) return Error::PermissionDenied;
  append(plan, start, (end - start) / frame_size, perms);
  return {};
}

// Whom a header other than a segment's concerns.
Result<> check_other(const ElfProgramHeader& it) {
  if (it.type == elf::dynamic || it.type == elf::interpreter) return Error::NotSupported;
  if (it.type == elf::stack && (it.flags & elf::may_execute) != 0) return Error::PermissionDenied;
  return {};
}

}  // namespace

//@ end
// EXERCISE 3.12  Draw two segments that meet in the middle of a page. Which numbers may be added before they were compared?
// NOLINTNEXTLINE(readability-function-cognitive-complexity): one header after the other
Result<> plan_elf(Span<const uint8_t> file, ElfPlan& plan) {
  //@ solution
  plan = {};
  if (file.size() < sizeof(ElfFileHeader)) return Error::InvalidArgument;
  auto header = copy_of<ElfFileHeader>(file, 0);
  TRY(check(header));
  uint64_t bytes = header.program_header_count * sizeof(ElfProgramHeader), segments = 0;
  if (!holds(file, header.program_headers, bytes)) return Error::InvalidArgument;
  uint64_t lowest = AddressSpace::start_of_space.value;
  bool may_enter = false;
  for (uint64_t done = 0; done < bytes; done += sizeof(ElfProgramHeader)) {
    auto it = copy_of<ElfProgramHeader>(file, header.program_headers + done);
    if (it.type != elf::load) {
      TRY(check_other(it));
      continue;
    }
    TRY(check(file, it, lowest));
    if (it.memory_size == 0) continue;
    if (segments++ == ElfPlan::most_segments) return Error::TableFull;
    TRY(add(plan, it));
    lowest = it.address + it.memory_size;
    bool inside = header.entry >= it.address && header.entry < lowest;
    may_enter = may_enter || (inside && (it.flags & elf::may_execute) != 0);
  }
  plan.entry = Va{header.entry};
  return may_enter ? Result<>() : Error::InvalidArgument;
  //@ skeleton
  // (void)file, (void)plan;
  // return unimplemented("3.12 plan_elf");
  //@ end
}

}  // namespace strata
