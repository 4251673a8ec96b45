// What the kernel knows of each 4 KiB frame of physical memory. Frames have numbers: physical address / 4096.
#pragma once

#include <cstdint>

#include "lib/address.hpp"

namespace strata {

using FrameNumber = uint32_t;

inline constexpr FrameNumber no_frame = 0;  // low memory is never given away

enum class FrameState : uint8_t {
  NoBlock,  // no block begins here: a later frame of one, or nobody's (no memory, the image, the firmware's)
  Free,     // a free block begins here
  Used,     // a block begins here that was allocated
};

// A block is 2^order frames; its number is a multiple of 2^order. Its description stands with its first frame.
struct Frame {
  FrameNumber next = no_frame;  // the neighbours on a free list
  FrameNumber previous = no_frame;
  uint32_t references = 0;    // of a used block: how many owners it has
  uint16_t used_entries = 0;  // of a page table: how many of its entries are not empty
  uint8_t order = 0;
  FrameState state = FrameState::NoBlock;
};
static_assert(sizeof(Frame) == 16);

inline constexpr uint64_t frame_size = bytes_of(PageSize::Size4K);

constexpr FrameNumber frame_number(Pa pa) { return static_cast<FrameNumber>(pa.value / frame_size); }
constexpr Pa frame_address(FrameNumber number) { return {number * frame_size}; }

}  // namespace strata
