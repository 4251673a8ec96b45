// The global descriptor table and the task state segment (Intel SDM vol. 3A, 3.4.5, 7.2.3, 7.7; AMD APM vol. 2, 4.8).
// In 64-bit mode segments hardly do anything any more, but each CPU must have both: the GDT says what ring code runs in,
// the TSS where the stacks are.
#pragma once

#include <cstdint>

#include "lib/address.hpp"
#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

// The order is not free: `sysret` (lab 3) takes the user's data segment from the entry below the user's code segment.
namespace selector {
inline constexpr uint16_t kernel_code = 0x08;
inline constexpr uint16_t kernel_data = 0x10;
inline constexpr uint16_t user_data = 0x18 | 3;
inline constexpr uint16_t user_code = 0x20 | 3;
inline constexpr uint16_t tss = 0x28;  // takes two entries
}  // namespace selector

// Stacks that the CPU switches to for traps which may find the current stack unusable; IST numbers from 1.
namespace ist {
inline constexpr uint8_t double_fault = 1;
inline constexpr uint8_t nmi = 2;
inline constexpr uint8_t machine_check = 3;
inline constexpr uint8_t debug = 4;
inline constexpr size_t count = 4;
}  // namespace ist

// 64-bit task state segment. Stack addresses are those of the first byte behind the stack.
struct [[gnu::packed]] Tss {
  uint32_t reserved0 = 0;
  uint64_t rsp[3] = {};  // for rings 0 to 2; rsp[0] is used from lab 3 on
  uint64_t reserved1 = 0;
  uint64_t ist[7] = {};  // IST 1 to 7
  uint64_t reserved2 = 0;
  uint16_t reserved3 = 0;
  uint16_t io_map_base = 0;  // sizeof(Tss): behind the limit, so there is no I/O permission map
};
static_assert(sizeof(Tss) == 104);

struct alignas(8) Gdt {
  uint64_t entries[7] = {};  // null, kernel code and data, user data and code, TSS (two)
};

enum class SegmentKind : uint8_t { Code, Data };

// A flat segment descriptor for `ring` (0 or 3): present, granularity 4 KiB, limit 0xfffff, base 0, accessed bit clear.
// Code: readable, L = 1, D = 0. Data: writable, L = 0, D/B = 1. InvalidArgument: another ring.
Result<uint64_t> segment_descriptor(SegmentKind kind, unsigned ring);

// The two words of a descriptor for an available 64-bit TSS: present, ring 0, byte granularity, limit sizeof(Tss) - 1.
struct TssDescriptor {
  uint64_t low = 0;
  uint64_t high = 0;
};
Result<TssDescriptor> tss_descriptor(Va tss);

// Fills both tables anew: what is not said here is 0, whatever stood there. `ist_tops` are the tops of IST stacks 1, 2, ...
// InvalidArgument: more than seven.
Result<> fill_gdt(Gdt& gdt, Tss& tss, Va tss_address, Span<const Va> ist_tops);

}  // namespace strata
