#include "report/x86/fw_cfg.hpp"

#include "cpu/x86/ports.hpp"

namespace strata::fw_cfg {

namespace {

constexpr uint16_t selector_port = 0x510;
constexpr uint16_t data_port = 0x511;
constexpr uint16_t signature_key = 0x0000;
constexpr uint16_t directory_key = 0x0019;

// A directory entry as it stands in the byte stream; all numbers are big-endian.
struct DirectoryEntry {
  uint32_t size;
  uint16_t key;
  char name[56];
};

void select(uint16_t key) { out16(selector_port, key); }
uint8_t next_byte() { return in8(data_port); }

uint32_t next_big_endian(int bytes) {
  uint32_t value = 0;
  while (bytes-- > 0) value = value << 8 | next_byte();
  return value;
}

bool present() {
  select(signature_key);
  return next_big_endian(4) == 0x5145'4d55;  // "QEMU"
}

DirectoryEntry next_entry() {
  DirectoryEntry entry;
  entry.size = next_big_endian(4);
  entry.key = static_cast<uint16_t>(next_big_endian(2));
  next_big_endian(2);  // reserved
  for (char& c : entry.name) c = static_cast<char>(next_byte());
  entry.name[sizeof(entry.name) - 1] = 0;
  return entry;
}

}  // namespace

std::string_view read(std::string_view name, Span<char> buffer) {
  if (!present()) return {};
  select(directory_key);
  for (uint32_t left = next_big_endian(4); left > 0; --left) {
    DirectoryEntry entry = next_entry();
    if (name != std::string_view(entry.name)) continue;
    select(entry.key);
    size_t size = entry.size < buffer.size() ? entry.size : buffer.size();
    for (size_t i = 0; i < size; ++i) buffer[i] = static_cast<char>(next_byte());
    return {buffer.data(), size};
  }
  return {};
}

}  // namespace strata::fw_cfg
