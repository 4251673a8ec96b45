#include "process/archive.hpp"

#include "boot/boot_info.hpp"

namespace strata {

namespace {

constexpr size_t block = 512;

struct Header {
  char name[100];
  char mode[24];
  char size[12];  // octal digits
  char rest[20];
  char type;  // '0': a regular file
  char link[100];
  char magic[6];  // "ustar"
};
static_assert(sizeof(Header) == 263);

template <size_t N>
std::string_view text(const char (&field)[N]) {
  size_t length = 0;
  while (length < N && field[length] != 0) ++length;
  return {field, length};
}

Result<size_t> octal(std::string_view digits) {
  size_t value = 0;
  for (char c : digits) {
    if (c == ' ') break;
    if (c < '0' || c > '7') return Error::InvalidArgument;
    value = value * 8 + static_cast<size_t>(c - '0');
  }
  return value;
}

std::string_view without(std::string_view path, std::string_view prefix) {
  if (path.substr(0, prefix.size()) == prefix) path.remove_prefix(prefix.size());
  return path;
}

}  // namespace

Result<Span<const uint8_t>> find_in_archive(Span<const uint8_t> archive, std::string_view path) {
  for (size_t at = 0; archive.size() - at >= block;) {
    auto* header = reinterpret_cast<const Header*>(archive.data() + at);
    if (header->name[0] == 0) return Error::NotFound;
    if (text(header->magic) != "ustar") return Error::InvalidArgument;
    size_t size = TRY(octal(text(header->size)));
    at += block;
    if (size > archive.size() - at) return Error::InvalidArgument;
    if (header->type == '0' && without(text(header->name), "./") == path) return archive.subspan(at, size);
    at += (size + block - 1) / block * block;
    if (at > archive.size()) return Error::InvalidArgument;
  }
  return Error::NotFound;
}

Result<Span<const uint8_t>> find_boot_file(std::string_view path) {
  for (const BootModule& module : boot_info().modules) {
    Span<const uint8_t> archive(direct_map_as<const uint8_t>(module.start), module.end - module.start);
    return find_in_archive(archive, without(path, "/"));
  }
  return Error::NotFound;
}

}  // namespace strata
