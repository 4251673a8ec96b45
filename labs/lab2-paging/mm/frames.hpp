// The machine's frames: which memory is the kernel's to give away, and who owns what was given.
// Sections of 4 MiB join the buddy allocator only when they are needed, so booting does not take longer with more memory.
#pragma once

#include "lib/result.hpp"
#include "mm/frame.hpp"

namespace strata {

// Finds the usable memory of boot_info() without low memory, the image, modules and boot information, and prints [FRAMES].
// OutOfMemory: no usable range has room for the descriptions of all frames (16 bytes each). Fails with what Buddy says.
Result<> start_frames();

// A block of 2^order frames with one reference; what it contains is undefined. The caller owns the reference.
// OutOfMemory; InvalidArgument: no such order.
Result<Pa> allocate_frames(unsigned order = 0);

// One more owner, and one less: the last one gives the block back. `block` is one that was allocated; panics otherwise.
void retain_frame(Pa block);
void release_frame(Pa block);

// How many owners this block has.
uint32_t frame_references(Pa block);

// The description of a frame that was allocated. Panics beyond the end of memory.
Frame& frame_at(Pa pa);

// Frames that nobody owns, and frames that the allocator ever had.
uint64_t free_frames();
uint64_t total_frames();

}  // namespace strata
