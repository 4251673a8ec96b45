// Addresses with a type: a physical address cannot be dereferenced or mistaken for a virtual one.
// The direct map is the bridge between them (memory map: README.md of lab 1; Intel SDM vol. 3A, 4.5 for page sizes).
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace strata {

// A physical address: 0 .. 2^52 - 1.
struct Pa {
  uint64_t value = 0;
  constexpr auto operator<=>(const Pa&) const = default;
  constexpr Pa operator+(uint64_t bytes) const { return {value + bytes}; }
  constexpr uint64_t operator-(Pa other) const { return value - other.value; }
};

// A virtual address, canonical (bits 63..47 equal) wherever it is used.
struct Va {
  uint64_t value = 0;
  constexpr auto operator<=>(const Va&) const = default;
  constexpr Va operator+(uint64_t bytes) const { return {value + bytes}; }
  constexpr uint64_t operator-(Va other) const { return value - other.value; }
};

enum class PageSize : uint64_t { Size4K = 0x1000, Size2M = 0x20'0000, Size1G = 0x4000'0000 };

constexpr uint64_t bytes_of(PageSize size) { return static_cast<uint64_t>(size); }

// What a mapping allows. Reading is always allowed; there is no write-only page on x86.
struct Perms {
  bool write : 1 = false;
  bool execute : 1 = false;
  bool user : 1 = false;
  constexpr bool operator==(const Perms&) const = default;
};

// `alignment` is a power of two.
constexpr uint64_t align_down(uint64_t value, uint64_t alignment) { return value & ~(alignment - 1); }
constexpr uint64_t align_up(uint64_t value, uint64_t alignment) { return align_down(value + alignment - 1, alignment); }
constexpr bool is_aligned(uint64_t value, uint64_t alignment) { return align_down(value, alignment) == value; }

inline constexpr Va direct_map_base{0xffff'ffc0'0000'0000};
inline constexpr Va kernel_image_base{0xffff'ffff'8000'0000};

// Where the kernel sees physical memory. Until lab 2 the direct map covers the first 4 GiB.
constexpr Va direct_map(Pa pa) { return direct_map_base + pa.value; }

template <typename T>
T* direct_map_as(Pa pa) {
  return reinterpret_cast<T*>(direct_map(pa).value);
}

}  // namespace strata
