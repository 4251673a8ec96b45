#include "mm/usable_memory.hpp"

namespace strata {

namespace {

constexpr FrameNumber first_frame = 0x100000 / frame_size;  // low memory is the firmware's
constexpr uint64_t most_frames = uint64_t{1} << 32;         // 16 TiB: frame numbers have 32 bits

FrameNumber clamped(uint64_t number) {
  return static_cast<FrameNumber>(number < most_frames ? number : most_frames - 1);
}

FrameRange whole_frames_inside(const MemoryRange& range) {
  return {clamped(align_up(range.base.value, frame_size) / frame_size),
          clamped((range.base.value + range.length) / frame_size)};
}

FrameRange frames_touched(const MemoryRange& range) {
  uint64_t end = range.base.value + range.length;
  return {clamped(range.base.value / frame_size), clamped(align_up(end, frame_size) / frame_size)};
}

// The frames around `at` that are free: found by moving `at` up until nothing is in the way, and `end` down to the next
// obstacle.
class Search {
 public:
  Search(Span<const MemoryRange> map, Span<const FrameRange> taken) : map_(map), taken_(taken) {}

  // The first free range that does not begin before `at`; empty when there is none.
  FrameRange next(FrameNumber at) const {
    for (;;) {
      FrameRange usable = next_usable(at);
      if (usable.frames() == 0) return {};
      FrameNumber after = behind_obstacles(usable.first);
      if (after == usable.first) return {usable.first, next_obstacle(usable.first, usable.end)};
      at = after;
    }
  }

 private:
  // What a usable range has at or behind `at`, of the range that has it first.
  FrameRange next_usable(FrameNumber at) const {
    FrameRange best;
    for (const MemoryRange& range : map_) {
      FrameRange it = whole_frames_inside(range);
      if (range.kind != MemoryKind::Usable || it.end <= at || it.first >= it.end) continue;
      if (it.first < at) it.first = at;
      if (best.frames() == 0 || it.first < best.first) best = it;
    }
    return best;
  }

  template <typename Function>
  void for_each_obstacle(Function function) const {
    for (const MemoryRange& range : map_) {
      if (range.kind != MemoryKind::Usable) function(frames_touched(range));
    }
    for (const FrameRange& range : taken_) function(range);
  }

  // `at`, or the first frame behind all obstacles that cover it one after the other.
  FrameNumber behind_obstacles(FrameNumber at) const {
    for (FrameNumber before = no_frame; before != at;) {
      before = at;
      for_each_obstacle([&](const FrameRange& it) {
        if (it.first <= at && at < it.end) at = it.end;
      });
    }
    return at;
  }

  FrameNumber next_obstacle(FrameNumber from, FrameNumber end) const {
    for_each_obstacle([&](const FrameRange& it) {
      if (it.first >= from && it.first < end && it.first < it.end) end = it.first;
    });
    return end;
  }

  Span<const MemoryRange> map_;
  Span<const FrameRange> taken_;
};

}  // namespace

Result<> find_usable_memory(Span<const MemoryRange> map, Span<const FrameRange> taken, FrameRanges& free) {
  Search search(map, taken);
  free.clear();
  for (FrameRange it = search.next(first_frame); it.frames() != 0; it = search.next(it.end)) TRY(free.push(it));
  return {};
}

}  // namespace strata
