// Exercise 1.3: reading the boot information.
// Invariant: nothing is read before it is known to lie inside the block and inside its tag.
#include "boot/multiboot2.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

//@ solution
namespace {

using namespace multiboot2;

// The T at `offset` of `bytes`, or nullptr when it does not lie wholly inside.
template <typename T>
const T* read_at(Span<const uint8_t> bytes, size_t offset) {
  if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return nullptr;
  return reinterpret_cast<const T*>(bytes.data() + offset);
}

Result<std::string_view> read_string(Span<const uint8_t> tag, size_t offset) {
  for (size_t end = offset; end < tag.size(); ++end) {
    if (tag[end] == 0) return std::string_view(reinterpret_cast<const char*>(tag.data()) + offset, end - offset);
  }
  return Error::InvalidArgument;
}

MemoryKind kind_of(uint32_t type) {
  return type >= 1 && type <= 5 ? static_cast<MemoryKind>(type) : MemoryKind::Reserved;
}

Result<> read_memory_map(Span<const uint8_t> tag, BootInfo& info) {
  auto* map = read_at<MemoryMapTag>(tag, 0);
  if (!map || map->entry_size < sizeof(MemoryMapEntry) || map->entry_size % 8 != 0) return Error::InvalidArgument;
  for (size_t offset = sizeof(MemoryMapTag); offset < tag.size(); offset += map->entry_size) {
    auto* entry = read_at<MemoryMapEntry>(tag, offset);
    if (!entry || tag.size() - offset < map->entry_size) return Error::InvalidArgument;
    if (entry->base + entry->length < entry->base) return Error::InvalidArgument;
    TRY(info.memory.push({Pa{entry->base}, entry->length, kind_of(entry->type)}));
  }
  return {};
}

Result<> read_module(Span<const uint8_t> tag, BootInfo& info) {
  auto* module = read_at<ModuleTag>(tag, 0);
  if (!module || module->end < module->start) return Error::InvalidArgument;
  auto name = TRY(read_string(tag, sizeof(ModuleTag)));
  return info.modules.push({Pa{module->start}, Pa{module->end}, name});
}

Result<> read_tag(TagType type, Span<const uint8_t> tag, BootInfo& info) {
  if (type == TagType::MemoryMap) return read_memory_map(tag, info);
  if (type == TagType::Module) return read_module(tag, info);
  if (type == TagType::CommandLine) info.command_line = TRY(read_string(tag, sizeof(TagHeader)));
  return {};
}

}  // namespace
//@ end
// EXERCISE 1.3  Walk the tags from the one behind the header to the end tag. Before you read a field, know that it lies
// inside: first the block's own size, then each tag's, then each entry's and each string's.   (Multiboot2, 3.6)
Result<> parse_boot_info(Span<const uint8_t> block, BootInfo& info) {
  //@ solution
  auto* header = read_at<BlockHeader>(block, 0);
  if (!header || header->total_size < sizeof(BlockHeader) || header->total_size > block.size()) {
    return Error::InvalidArgument;
  }
  auto inside = block.subspan(0, header->total_size);
  size_t offset = sizeof(BlockHeader);
  while (auto* tag = read_at<TagHeader>(inside, offset)) {
    if (tag->size < sizeof(TagHeader) || tag->size > inside.size() - offset) return Error::InvalidArgument;
    if (tag->type == TagType::End) return {};
    TRY(read_tag(tag->type, inside.subspan(offset, tag->size), info));
    offset += align_up(tag->size, 8);
  }
  return Error::InvalidArgument;
  //@ skeleton
  // (void)block, (void)info;
  // return unimplemented("1.3 parse_boot_info");
  //@ end
}

}  // namespace strata
