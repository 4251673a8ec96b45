// A cache of challenge 2.11 with all that its tests have got from it; expect_slab.py does the same.
#pragma once

#include <algorithm>
#include <cstring>

#include "limited_memory.hpp"
#include "mm/frames.hpp"
#include "mm/my_slab.hpp"
#include "report/tests.hpp"

namespace strata {

struct Shape {
  size_t bytes, alignment;
  size_t stride() const { return align_up(bytes, alignment); }
};

inline Shape draw_shape(Random& random) {
  uint64_t most = 2ull << random.below(10);
  size_t bytes = std::min(SlabCache::least_bytes + random.below(most), SlabCache::most_bytes);
  return {bytes, 8ull << random.below(6)};
}

class Objects {
 public:
  static constexpr size_t most = 800;

  // Caches that live at the same time have different numbers below 3.
  explicit Objects(Shape shape, size_t number = 0)
      : shape_(shape), cache_(shape.bytes, shape.alignment), held_(all[number]), before_(free_frames()) {}

  // One more object, every byte of it written to. While `allocations` is 0, memory has run out.
  Error take(uint64_t allocations = most) {
    LimitedMemory memory(allocations);
    auto object = cache_.allocate();
    if (!object.ok()) return object.error();
    auto* bytes = static_cast<uint8_t*>(object.value());
    uint64_t address = address_of(bytes);
    misplaced_ += !is_aligned(address, shape_.alignment) || address % frame_size + shape_.bytes > frame_size;
    memset(bytes, ++stamp_, shape_.bytes);
    held_[count_++] = {bytes, stamp_};
    return Error::Success;
  }

  // Gives one back; another one takes its place.
  Error give(size_t index) {
    Held it = held_[index];
    spoilt_ += std::any_of(it.bytes, it.bytes + shape_.bytes, [&](uint8_t byte) { return byte != it.stamp; });
    held_[index] = held_[--count_];
    memset(it.bytes, 0, shape_.bytes);
    return take_back(it.bytes);
  }
  Error take_back(void* object) { return cache_.take_back(object).error(); }

  // How many fit into a slab, found out with a cache that has none.
  uint64_t per_slab() {
    while (count_ < most && take() == Error::Success && frames() < 2) continue;
    uint64_t fit = count_ - 1;
    while (count_ != 0) (void)give(count_ - 1);
    return fit;
  }

  size_t count() const { return count_; }
  uint8_t* at(size_t index) const { return held_[index].bytes; }
  uint64_t slab_of(size_t index) const { return address_of(at(index)) / frame_size; }
  Shape shape() const { return shape_; }
  uint64_t frames() const { return before_ - free_frames(); }
  uint64_t misplaced() const { return misplaced_; }
  uint64_t spoilt() const { return spoilt_; }

 private:
  struct Held {
    uint8_t* bytes;
    uint8_t stamp;  // what is in them
  };
  static uint64_t address_of(const void* object) { return reinterpret_cast<uint64_t>(object); }

  inline static constinit Held all[3][most] = {};  // too large for a stack
  Shape shape_;
  SlabCache cache_;
  Held* held_;
  size_t count_ = 0;
  uint64_t before_;
  uint64_t misplaced_ = 0, spoilt_ = 0;
  uint8_t stamp_ = 0;
};

}  // namespace strata
