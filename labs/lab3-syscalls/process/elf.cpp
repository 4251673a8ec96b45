#include "process/elf.hpp"

#include "mm/frame.hpp"

namespace strata {

namespace {

struct FileHeader {
  uint8_t ident[16];
  uint16_t type, machine;
  uint32_t version;
  uint64_t entry, program_headers, section_headers;
  uint32_t flags;
  uint16_t header_size, program_header_size, program_header_count;
  uint16_t section_header_size, section_header_count, names;
};
static_assert(sizeof(FileHeader) == 64);

struct ProgramHeader {
  uint32_t type, flags;
  uint64_t offset, address, physical_address, file_size, memory_size, alignment;
};
static_assert(sizeof(ProgramHeader) == 56);

struct NoteHeader {
  uint32_t name_size, contents_size, type;
};

constexpr uint8_t ident_of_ours[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};  // 64 bits, little-endian, version 1
constexpr uint16_t executable = 2, x86_64 = 62;
constexpr uint32_t load = 1, note = 4;
constexpr uint32_t may_execute = 1, may_write = 2;

bool inside(Span<const uint8_t> file, uint64_t offset, uint64_t size) {
  return offset <= file.size() && size <= file.size() - offset;
}

// Copied, because nothing in the file needs to be aligned.
template <typename T>
Result<T> read(Span<const uint8_t> file, uint64_t offset) {
  if (!inside(file, offset, sizeof(T))) return Error::InvalidArgument;
  T value;
  __builtin_memcpy(&value, file.data() + offset, sizeof(T));
  return value;
}

Result<> check_header(const FileHeader& header) {
  if (__builtin_memcmp(header.ident, ident_of_ours, sizeof ident_of_ours) != 0) return Error::InvalidArgument;
  bool fits =
      header.type == executable && header.machine == x86_64 && header.program_header_size == sizeof(ProgramHeader);
  return fits ? Result<>() : Error::InvalidArgument;
}

// Where the segment ends, in whole pages. What is too large to be added up is out of user space, too.
Result<ElfSegment> segment(Span<const uint8_t> file, const ProgramHeader& header) {
  constexpr uint64_t end_of_space = AddressSpace::end_of_space.value;
  if (header.file_size > header.memory_size || !inside(file, header.offset, header.file_size)) {
    return Error::InvalidArgument;
  }
  if (header.address < AddressSpace::start_of_space.value || header.address > end_of_space ||
      header.memory_size > end_of_space - header.address) {
    return Error::InvalidArgument;
  }
  if ((header.flags & may_write) != 0 && (header.flags & may_execute) != 0) return Error::InvalidArgument;
  ElfSegment it;
  it.start = Va{align_down(header.address, frame_size)};
  it.pages = (align_up(header.address + header.memory_size, frame_size) - it.start.value) / frame_size;
  it.contents = Va{header.address};
  it.bytes = file.subspan(header.offset, header.file_size);
  it.perms = {.write = (header.flags & may_write) != 0, .execute = (header.flags & may_execute) != 0, .user = true};
  return it;
}

Result<> add(ElfImage& image, const ElfSegment& segment) {
  if (image.segments.size() > 0) {
    const ElfSegment& before = image.segments[image.segments.size() - 1];
    if (segment.start < before.start + before.pages * frame_size) return Error::InvalidArgument;
  }
  return image.segments.push(segment);
}

// Only our own note, which stands first in its segment, means anything.
Result<> read_note(Span<const uint8_t> file, const ProgramHeader& header, ElfImage& image) {
  if (!inside(file, header.offset, header.file_size)) return Error::InvalidArgument;
  Span<const uint8_t> notes = file.subspan(header.offset, header.file_size);
  constexpr char name[] = "Strata";
  struct Contents {
    uint32_t magic, version;
  };
  auto it = read<NoteHeader>(notes, 0);
  if (!it.ok() || it.value().type != abi_note_type || it.value().name_size != sizeof name) return {};
  if (!inside(notes, sizeof(NoteHeader), 8) ||
      __builtin_memcmp(notes.data() + sizeof(NoteHeader), name, sizeof name) != 0) {
    return {};
  }
  Contents contents = TRY(read<Contents>(notes, sizeof(NoteHeader) + 8));
  if (contents.magic != abi_magic || contents.version != abi_version) return Error::NotSupported;
  image.native = true;
  return {};
}

Result<> read_program_header(Span<const uint8_t> file, const ProgramHeader& header, ElfImage& image) {
  if (header.type == note) return read_note(file, header, image);
  if (header.type != load || header.memory_size == 0) return {};
  ElfSegment next = TRY(segment(file, header));
  return add(image, next);
}

Result<> check_entry(const ElfImage& image) {
  for (const ElfSegment& segment : image.segments) {
    bool there = segment.start <= image.entry && image.entry < segment.start + segment.pages * frame_size;
    if (there && segment.perms.execute) return {};
  }
  return Error::InvalidArgument;
}

Result<> load_segment(const ElfSegment& segment, AddressSpace& space) {
  Ref<Vmo> vmo = TRY(Vmo::create(segment.pages));
  uint64_t at = segment.contents - segment.start, done = 0;
  while (done < segment.bytes.size()) {
    uint64_t page = (at + done) / frame_size, offset = (at + done) % frame_size;
    uint64_t left = segment.bytes.size() - done, room = frame_size - offset;
    uint64_t size = left < room ? left : room;
    Pa frame = TRY(vmo->fill(page));
    __builtin_memcpy(direct_map_as<uint8_t>(frame) + offset, segment.bytes.data() + done, size);
    done += size;
  }
  TRY(space.map(segment.start, segment.pages, segment.perms, vmo, 0));
  return {};
}

}  // namespace

Result<> parse_elf(Span<const uint8_t> file, ElfImage& image) {
  image = ElfImage{};
  FileHeader header = TRY(read<FileHeader>(file, 0));
  TRY(check_header(header));
  for (uint64_t i = 0; i < header.program_header_count; ++i) {
    auto entry = TRY(read<ProgramHeader>(file, header.program_headers + i * sizeof(ProgramHeader)));
    TRY(read_program_header(file, entry, image));
  }
  image.entry = Va{header.entry};
  return check_entry(image);
}

Result<> load_elf(const ElfImage& image, AddressSpace& space) {
  for (const ElfSegment& segment : image.segments) TRY(load_segment(segment, space));
  return {};
}

}  // namespace strata
