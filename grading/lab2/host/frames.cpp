// The machine's frames on the host. Each block is memory of its own, so a sanitizer sees who leaves it, and who uses it after it
// was given back. Its physical address is the one whose place in the direct map is that memory.
#include "mm/frames.hpp"

#include <cstdlib>
#include <cstring>

#include "debug/panic.hpp"
#include "mm/clear_frame.hpp"
#include "mm/fault_injection.hpp"

namespace strata {

constinit AllocationHook allocation_hook = nullptr;

namespace {

constexpr uint64_t total = 4096;  // frames
constexpr unsigned largest_order = 10;

struct Block {
  Pa pa;  // 0: this row is free
  Frame frame;
};
constinit Block blocks[total];
constinit uint64_t used = 0;

Block& find(Pa pa) {
  for (Block& block : blocks) {
    if (block.pa == pa) return block;
  }
  panic("no block of frames begins at {:x}", pa.value);
}

}  // namespace

Result<Pa> allocate_frames(unsigned order) {
  if (order > largest_order) return Error::InvalidArgument;
  uint64_t count = uint64_t{1} << order;
  if ((allocation_hook && !allocation_hook(__builtin_return_address(0))) || used + count > total)
    return Error::OutOfMemory;
  void* memory = nullptr;
  if (posix_memalign(&memory, frame_size, count * frame_size) != 0) return Error::OutOfMemory;
  memset(memory, 0xa5, count * frame_size);
  Block& block = find(Pa{0});
  block = {Pa{reinterpret_cast<uint64_t>(memory) - direct_map_base.value}, {}};
  block.frame.references = 1;
  block.frame.order = static_cast<uint8_t>(order);
  block.frame.state = FrameState::Used;
  used += count;
  return block.pa;
}

void retain_frame(Pa block) { ++find(block).frame.references; }

void release_frame(Pa block) {
  Block& it = find(block);
  if (--it.frame.references != 0) return;
  used -= uint64_t{1} << it.frame.order;
  it = {};
  free(direct_map_as<void>(block));
}

uint32_t frame_references(Pa block) { return find(block).frame.references; }
Frame& frame_at(Pa pa) { return find(pa).frame; }
uint64_t free_frames() { return total - used; }
uint64_t total_frames() { return total; }

void clear_frame(void* to) { memset(to, 0, frame_size); }
void copy_frame(void* to, const void* from) { memcpy(to, from, frame_size); }

}  // namespace strata
