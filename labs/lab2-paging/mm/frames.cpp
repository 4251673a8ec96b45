#include "mm/frames.hpp"

#include "boot/boot_info.hpp"
#include "console/console.hpp"
#include "debug/panic.hpp"
#include "debug/unimplemented.hpp"
#include "mm/buddy.hpp"
#include "mm/fault_injection.hpp"
#include "mm/heap.hpp"
#include "mm/usable_memory.hpp"
#include "report/tests.hpp"

namespace strata {

constinit AllocationHook allocation_hook = nullptr;

namespace {

extern "C" {
// The linker script's bounds of the image; its physical start is 1 MiB.
extern const char kernel_end[];
}

constexpr uint64_t mib = 1ull << 20;
constexpr Pa image_start{1 * mib};
constexpr FrameNumber section = Buddy::largest_block;

constinit Buddy buddy;
constinit FrameRanges memory;      // all that is ours, in ascending order
constinit FrameNumber opened = 0;  // sections below this frame have joined the allocator
constinit uint64_t unopened_frames = 0, total = 0;

FrameRange frames_around(Pa start, Pa end) {
  return {frame_number(start), frame_number(Pa{align_up(end.value, frame_size)})};
}

// The memory that is in use before the allocator exists.
using Taken = FixedVector<FrameRange, BootInfo::most_modules + 3>;

Result<> find_taken(Taken& taken) {
  Span<const uint8_t> block = boot_block();
  Pa block_start{reinterpret_cast<uint64_t>(block.data()) - direct_map_base.value};
  TRY(taken.push(frames_around(image_start, Pa{reinterpret_cast<uint64_t>(kernel_end) - kernel_image_base.value})));
  TRY(taken.push(frames_around(block_start, block_start + block.size())));
  for (const BootModule& module : boot_info().modules) TRY(taken.push(frames_around(module.start, module.end)));
  return {};
}

// The first free frames that have room for the descriptions of all frames. They are written section by section, later.
Result<FrameRange> find_frame_table() {
  if (memory.size() == 0) return Error::OutOfMemory;
  uint64_t bytes = memory[memory.size() - 1].end * sizeof(Frame);
  auto needed = static_cast<FrameNumber>(align_up(bytes, frame_size) / frame_size);
  for (const FrameRange& range : memory) {
    if (range.frames() >= needed) return FrameRange{range.first, range.first + needed};
  }
  return Error::OutOfMemory;
}

// The section that begins here joins the allocator.
Result<> open_section(FrameNumber start) {
  FrameNumber end = start + section;
  for (FrameNumber number = start; number < end && number < memory[memory.size() - 1].end; ++number) {
    buddy.frame(number) = Frame{};
  }
  opened = end;
  for (const FrameRange& part : memory) {
    FrameRange inside{part.first < start ? start : part.first, part.end > end ? end : part.end};
    if (inside.first >= inside.end) continue;
    unopened_frames -= inside.frames();
    TRY(buddy.add(inside.first, inside.end));
  }
  return {};
}

// The next one that has memory of ours. OutOfMemory: all have joined.
Result<> open_section() {
  for (const FrameRange& range : memory) {
    if (range.end > opened) return open_section(range.first < opened ? opened : range.first / section * section);
  }
  return Error::OutOfMemory;
}

}  // namespace

Result<> start_frames() {
  Taken taken;
  TRY(find_taken(taken));
  TRY(find_usable_memory(boot_info().memory.span(), taken.span(), memory));
  FrameRange table = TRY(find_frame_table());
  buddy = Buddy({direct_map_as<Frame>(frame_address(table.first)), memory[memory.size() - 1].end});
  TRY(taken.push(table));
  TRY(find_usable_memory(boot_info().memory.span(), taken.span(), memory));
  for (const FrameRange& range : memory) total += range.frames();
  unopened_frames = total;
  TRY(open_section());
  count_resources = [] { return ResourceCount{free_frames(), heap::used_bytes()}; };
  log("[FRAMES] {} of 4 KiB in {} ranges, {} MiB; {} opened so far\n", total, memory.size(), total * frame_size / mib,
      buddy.free_frames());
  return {};
}

Result<Pa> allocate_frames(unsigned order) {
  if (allocation_hook && !allocation_hook(__builtin_return_address(0))) return Error::OutOfMemory;
  for (;;) {
    auto block = buddy.allocate(order);
    if (block.ok()) return frame_address(block.value());
    if (block.error() != Error::OutOfMemory) return block.error();
    TRY(open_section());
  }
}

void retain_frame(Pa block) {
  Frame& frame = frame_at(block);
  if (frame.state != FrameState::Used) panic("retain_frame({:x}): no block begins there", block.value);
  ++frame.references;
}

void release_frame(Pa block) {
  Frame& frame = frame_at(block);
  if (frame.state != FrameState::Used) panic("release_frame({:x}): no block begins there", block.value);
  if (--frame.references == 0) must_once_written(buddy.free(frame_number(block)));
}

uint32_t frame_references(Pa block) { return frame_at(block).references; }

Frame& frame_at(Pa pa) { return buddy.frame(frame_number(pa)); }

uint64_t free_frames() { return unopened_frames + buddy.free_frames(); }
uint64_t total_frames() { return total; }

}  // namespace strata
