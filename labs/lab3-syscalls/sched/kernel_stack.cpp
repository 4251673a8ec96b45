// The stack in the frames at physical address p stands at stacks_base + 2p, in the upper half of what belongs to it: so each block
// of frames has a place of its own, and nobody needs to look for one. A few stacks stay mapped for the next thread.
#include "sched/kernel_stack.hpp"

#include "debug/panic.hpp"
#include "mm/frames.hpp"
#include "mm/kernel_space.hpp"
#include "smp/shootdown.hpp"

namespace strata {

namespace {

constexpr Va stacks_base{0xffff'ffe0'0000'0000};
constexpr unsigned order = 2;
static_assert(frame_size << order == KernelStack::bytes);

constexpr size_t most_kept = 8;
constinit Pa kept[most_kept] = {};
constinit size_t kept_count = 0;

Va bottom(Pa block) { return stacks_base + 2 * block.value + KernelStack::bytes; }

}  // namespace

Result<KernelStack> KernelStack::create() {
  if (kept_count > 0) return KernelStack(kept[--kept_count]);
  TRY(build_kernel_space());
  Pa block = TRY(allocate_frames(order));
  auto mapped = kernel_space().map_contiguous(bottom(block), block, bytes, {{.write = true}});
  if (!mapped.ok()) {
    release_frame(block);
    return mapped.error();
  }
  return KernelStack(block);
}

KernelStack::~KernelStack() {
  if (block_ == Pa{0}) return;
  if (kept_count < most_kept) {
    kept[kept_count++] = block_;
    return;
  }
  TlbFlush flush(machine_tlb());
  MUST(kernel_space().unmap(bottom(block_), bytes, flush));
  flush.commit();
  shoot_down(true);
  release_frame(block_);
}

uint64_t KernelStack::top() const { return (bottom(block_) + bytes).value; }

}  // namespace strata
