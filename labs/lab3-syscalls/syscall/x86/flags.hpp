// Bits of RFLAGS (Intel SDM vol. 1, 3.4.3).
#pragma once

#include <cstdint>

namespace strata::flag {

inline constexpr uint64_t always = 1u << 1;
inline constexpr uint64_t trap = 1u << 8;
inline constexpr uint64_t interrupt = 1u << 9;
inline constexpr uint64_t direction = 1u << 10;
inline constexpr uint64_t io_privilege = 3u << 12;
inline constexpr uint64_t nested_task = 1u << 14;
inline constexpr uint64_t resume = 1u << 16;
inline constexpr uint64_t alignment_check = 1u << 18;

}  // namespace strata::flag
