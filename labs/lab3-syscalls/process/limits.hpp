// What one process, and all of them together, may take from the rest.
#pragma once

#include <cstdint>

namespace strata::limits {

inline constexpr uint64_t processes = 2048;           // alive or zombies
inline constexpr uint64_t pages_a_process = 1 << 15;  // mapped, be they used or not: 128 MiB
inline constexpr uint64_t threads_a_process = 64;

}  // namespace strata::limits
