// Exercises 2.1 and 2.2: the buddy allocator on descriptions of frames that do not exist. Which of several blocks of one order
// is handed out is free; the host follows what was chosen.
#include <iterator>
#include <utility>

#include "mm/buddy.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr FrameNumber count = 8192;
constinit Frame frames[count];

// An allocator without any frames.
Buddy fresh() {
  for (Frame& frame : frames) frame = Frame{};
  return Buddy(frames);
}

// What the allocator says about itself, and a sum over all free blocks, where each counts by its number and order.
void observe(TestRun& run, uint64_t index, Buddy& buddy) {
  uint64_t sum = 0, blocks = 0, lists = 0;
  for (FrameNumber number = 0; number < count; ++number) {
    if (frames[number].state != FrameState::Free) continue;
    sum += (number * 16ull + frames[number].order) * (number + 1);
    ++blocks;
  }
  for (unsigned order = 0; order < Buddy::orders; ++order) lists = lists * 31 + buddy.free_blocks(order);
  run.seen("free_frames", index, buddy.free_frames());
  run.seen("free_blocks", index, blocks);
  run.seen("blocks", index, sum);
  run.seen("lists", index, lists);
}

void buddy_ranges(TestRun& run) {
  Buddy buddy = fresh();
  uint64_t at = 1;
  for (uint64_t i = 0; i < 12; ++i) {
    at += run.random().below(60);
    uint64_t end = at + 1 + run.random().below(1 << (3 + run.random().below(8)));
    if (end > count) break;
    run.seen("outcome", i, buddy.add(static_cast<FrameNumber>(at), static_cast<FrameNumber>(end)).error());
    observe(run, i, buddy);
    at = end + 1;
  }
}

void buddy_bad_ranges(TestRun& run) {
  Buddy buddy = fresh();
  uint64_t first = 1 + run.random().below(1000), end = first + 1 + run.random().below(1000);
  struct Range {
    uint64_t first, end;
  };
  Range ranges[] = {{first, end}, {0, 1 + run.random().below(100)}, {4000, 4000},
                    {4000, 3999}, {count - 1, count + 1},           {count - 8, count}};
  run.random().shuffle(ranges);
  for (uint64_t i = 0; i < std::size(ranges); ++i) {
    auto outcome = buddy.add(static_cast<FrameNumber>(ranges[i].first), static_cast<FrameNumber>(ranges[i].end));
    run.seen("outcome", i, outcome.error());
    run.seen("free_frames", i, buddy.free_frames());
  }
}

void add_some(TestRun& run, Buddy& buddy) {
  auto first = static_cast<FrameNumber>(1 + run.random().below(500));
  auto end = static_cast<FrameNumber>(count - run.random().below(500));
  run.seen("added", 0, buddy.add(first, end).error());
}

void buddy_allocate(TestRun& run) {
  Buddy buddy = fresh();
  add_some(run, buddy);
  for (uint64_t i = 0; i < 24; ++i) {
    auto order = static_cast<unsigned>(run.random().below(8));
    auto block = buddy.allocate(order);
    run.seen("outcome", i, block.error());
    run.seen("block", i, block.value_or(0));
    observe(run, i, buddy);
    if (!block.ok()) continue;
    run.seen("references", i, frames[block.value()].references);
    run.seen("order", i, frames[block.value()].order);
  }
}

// Until nothing is left: the orders are large, so the smaller blocks stay.
void buddy_exhausted(TestRun& run) {
  Buddy buddy = fresh();
  add_some(run, buddy);
  auto order = static_cast<unsigned>(5 + run.random().below(6));
  uint64_t blocks = 0;
  Result<FrameNumber> block = buddy.allocate(order);
  for (; block.ok() && blocks <= count; block = buddy.allocate(order)) ++blocks;
  run.seen("blocks", 0, blocks);
  run.seen("outcome", 0, block.error());
  run.seen("left", 0, buddy.free_frames());
  run.seen("smallest", 0, buddy.allocate(0).error());
  run.seen("no_such_order", 0, buddy.allocate(Buddy::orders).error());
  run.seen("no_such_order", 1, buddy.allocate(~0u).error());
}

struct Held {
  FrameNumber block = no_frame;
  unsigned order = 0;
};

// Takes and gives back at random, then gives everything back.
void buddy_merge(TestRun& run) {
  Buddy buddy = fresh();
  add_some(run, buddy);
  Held held[16];
  uint64_t index = 0;
  for (; index < 60; ++index) {
    Held& slot = held[run.random().below(std::size(held))];
    auto order = static_cast<unsigned>(run.random().below(9));
    if (slot.block == no_frame) {
      slot = {buddy.allocate(order).value_or(no_frame), order};
      run.seen("block", index, slot.block);
    } else {
      run.seen("freed", index, buddy.free(slot.block).error());
      slot = {};
    }
    observe(run, index, buddy);
  }
  for (Held& slot : held) {
    if (slot.block != no_frame) run.seen("freed", ++index, buddy.free(slot.block).error());
  }
  observe(run, index, buddy);
}

// Blocks in use side by side up to the end of the table, as an allocator leaves them that has nothing left; they come back in any
// order.
void buddy_edges(TestRun& run) {
  Buddy buddy = fresh();
  static FrameNumber blocks[count];
  size_t used = 0;
  auto end = static_cast<FrameNumber>(count - run.random().below(64));
  for (FrameNumber at = 1; at < end;) {
    auto order = static_cast<unsigned>(run.random().below(Buddy::orders));
    while (at % (1u << order) != 0 || end - at < 1u << order) --order;
    frames[at] = {.references = 1, .order = static_cast<uint8_t>(order), .state = FrameState::Used};
    blocks[used++] = at;
    at += 1u << order;
  }
  for (size_t i = used; i > 1; --i) std::swap(blocks[i - 1], blocks[run.random().below(i)]);
  for (size_t i = 0; i < used; ++i) {
    run.seen("freed", i, buddy.free(blocks[i]).error());
    if (i % 16 == 0) observe(run, i, buddy);
  }
  observe(run, used, buddy);
  uint64_t refused = 0;  // a second time, whatever became of the block
  for (size_t i = 0; i < used; ++i) refused += buddy.free(blocks[i]).error() == Error::InvalidArgument;
  run.seen("refused", used, refused);
}

void buddy_refuses(TestRun& run) {
  Buddy buddy = fresh();
  add_some(run, buddy);
  FrameNumber block = buddy.allocate(3 + static_cast<unsigned>(run.random().below(3))).value_or(no_frame);
  FrameNumber other = buddy.allocate(0).value_or(no_frame);
  run.seen("inner", 0, buddy.free(block + 1 + static_cast<FrameNumber>(run.random().below(7))).error());
  run.seen("free", 0, buddy.free(block).error());
  run.seen("twice", 0, buddy.free(block).error());
  run.seen("outside", 0, buddy.free(count + static_cast<FrameNumber>(run.random().below(100))).error());
  run.seen("nobodys", 0, buddy.free(no_frame).error());
  run.seen("other", 0, buddy.free(other).error());
  observe(run, 0, buddy);
}

// A long life: ranges join now and then, blocks come and go until memory is full, and some calls must be refused.
void buddy_model(TestRun& run) {
  Buddy buddy = fresh();
  Held held[48];
  uint64_t added = 1;
  for (uint64_t i = 0; i < 480; ++i) {
    uint64_t what = run.random().below(16), begin = added + run.random().below(3),
             end = begin + run.random().below(900);
    auto anything = static_cast<FrameNumber>(run.random().below(count + 8));
    auto order = static_cast<unsigned>(run.random().below(run.random().below(4) == 0 ? Buddy::orders + 1 : 5));
    Held& slot = held[run.random().below(std::size(held))];
    if (what < 2 && end <= count) {
      run.seen("added", i, buddy.add(static_cast<FrameNumber>(begin), static_cast<FrameNumber>(end)).error());
      added = end;
    } else if (what < 4) {
      run.seen("freed", i, buddy.free(anything).error());
    } else if (slot.block != no_frame) {
      run.seen("freed", i, buddy.free(slot.block).error());
      slot = {};
    } else {
      auto block = buddy.allocate(order);
      slot = {block.value_or(no_frame), order};
      run.seen("outcome", i, block.error());
      run.seen("block", i, slot.block);
    }
    if (i % 8 == 0) observe(run, i, buddy);
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.buddy_ranges", buddy_ranges},     {"lab2.buddy_bad_ranges", buddy_bad_ranges},
    {"lab2.buddy_allocate", buddy_allocate}, {"lab2.buddy_exhausted", buddy_exhausted},
    {"lab2.buddy_merge", buddy_merge},       {"lab2.buddy_edges", buddy_edges},
    {"lab2.buddy_refuses", buddy_refuses},   {"lab2.buddy_model", buddy_model},
};

}  // namespace
}  // namespace strata
