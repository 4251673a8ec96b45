// Which memory is ours: the usable ranges of the boot loader's map, whole frames only, minus what is in use already.
#pragma once

#include "boot/multiboot2.hpp"
#include "lib/fixed_vector.hpp"
#include "mm/frame.hpp"

namespace strata {

// Frames from `first` to before `end`.
struct FrameRange {
  FrameNumber first = 0;
  FrameNumber end = 0;
  constexpr uint64_t frames() const { return end - first; }
};

using FrameRanges = FixedVector<FrameRange, 256>;

// Into `free` go the frames that lie wholly in usable ranges of `map` and touch none of `taken`, in ascending order. The ranges
// of a map may overlap and stand in any order; memory that any of them calls other than usable is not free.
// TableFull: more than 256 pieces.
Result<> find_usable_memory(Span<const MemoryRange> map, Span<const FrameRange> taken, FrameRanges& free);

}  // namespace strata
