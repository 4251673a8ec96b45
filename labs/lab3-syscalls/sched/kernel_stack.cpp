// A few stacks stay mapped for the next threads.
#include "sched/kernel_stack.hpp"

#include "debug/panic.hpp"
#include "mm/frames.hpp"
#include "mm/kernel_space.hpp"
#include "smp/shootdown.hpp"

namespace strata {

namespace {

constexpr unsigned order = 2;
static_assert(frame_size << order == KernelStack::bytes);

constexpr size_t most_kept = 8;
constinit Pa kept[most_kept] = {};
constinit size_t kept_count = 0;

}  // namespace

Result<KernelStack> KernelStack::create() {
  if (kept_count > 0) return KernelStack(kept[--kept_count]);
  TRY(build_kernel_space());
  Pa block = TRY(allocate_frames(order));
  KernelStack stack(block);
  auto mapped = kernel_space().map_contiguous(stack.bottom(), block, bytes, {{.write = true}});
  if (mapped.ok()) return stack;
  stack.top_ = 0;
  release_frame(block);
  return mapped.error();
}

KernelStack::~KernelStack() {
  if (top_ == 0) return;
  if (kept_count < most_kept) {
    kept[kept_count++] = block();
    return;
  }
  TlbFlush flush(machine_tlb());
  MUST(kernel_space().unmap(bottom(), bytes, flush));
  flush.commit();
  shoot_down(true);
  release_frame(block());
}

}  // namespace strata
