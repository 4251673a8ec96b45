// Builds boot information block by block, right or deliberately wrong.
#pragma once

#include "boot/multiboot2.hpp"

namespace strata {

class BootBlock {
 public:
  static constexpr size_t most_bytes = 8192;

  // Before anything else.
  void clear() {
    size_ = sizeof(multiboot2::BlockHeader);
    last_tag_ = size_;
    for (uint8_t& byte : bytes_) byte = 0xff;  // padding and what lies behind is not zero
    set32(4, 0);
    close();
  }

  // A tag whose size field covers what is added until the next tag begins.
  void begin_tag(uint32_t type) {
    size_ = align_up(size_, 8);
    last_tag_ = size_;
    add32(type);
    add32(0);
  }
  void add32(uint32_t value) { add(&value, sizeof value), close(); }
  void add64(uint64_t value) { add(&value, sizeof value), close(); }
  void add_text(std::string_view text) { add(text.data(), text.size()), close(); }
  void add_string(std::string_view text) { add_text(text), add("", 1), close(); }
  void end_tag() { begin_tag(0); }

  void add_memory_map(uint32_t entry_size) {
    begin_tag(6);
    add32(entry_size);
    add32(0);
  }
  void add_range(uint64_t base, uint64_t length, uint32_t type, uint32_t entry_size) {
    add64(base), add64(length), add32(type), add32(0);
    for (uint32_t more = 24; more < entry_size; more += 8) add64(0xdead'beef'dead'beef);
  }
  void add_module(uint32_t start, uint32_t end, std::string_view name) {
    begin_tag(3);
    add32(start), add32(end), add_string(name);
  }

  // What lies behind the end of the block.
  void fill_rest(uint8_t byte) {
    for (size_t i = size_; i < most_bytes; ++i) bytes_[i] = byte;
  }

  // Lies; the next add would correct a size again.
  void set8(size_t offset, uint8_t value) { bytes_[offset] = value; }
  void set32(size_t offset, uint32_t value) { __builtin_memcpy(bytes_ + offset, &value, sizeof value); }
  void set_total_size(uint32_t size) { set32(0, size); }
  void set_tag_size(uint32_t size) { set32(last_tag_ + 4, size); }

  size_t size() const { return size_; }
  size_t last_tag() const { return last_tag_; }
  uint32_t tag_size() const { return static_cast<uint32_t>(size_ - last_tag_); }
  Span<const uint8_t> bytes() const { return {bytes_, size_}; }
  Span<const uint8_t> bytes_and_more() const { return {bytes_, most_bytes}; }

 private:
  void add(const void* data, size_t count) {
    __builtin_memcpy(bytes_ + size_, data, count);
    size_ += count;
  }
  void close() {
    set32(0, static_cast<uint32_t>(size_));
    if (last_tag_ < size_) set32(last_tag_ + 4, tag_size());
  }

  alignas(8) uint8_t bytes_[most_bytes] = {};
  size_t size_ = 0;
  size_t last_tag_ = 0;
};

}  // namespace strata
