// A Vmo (virtual memory object): memory that address spaces can show, page by page in frames that come with the first use.
// Anonymous: zeros until written to; owns a reference to each of its frames. Physical: a range that is there anyway; owns none.
// Invariant: a frame that two anonymous Vmos hold has two references, and no table maps it writable.
#pragma once

#include "lib/list.hpp"
#include "lib/ref.hpp"
#include "mm/heap.hpp"
#include "mm/page_map.hpp"
#include "mm/region.hpp"

namespace strata {

enum class VmoKind : uint8_t { Anonymous, Physical, Device };

// What a copy of an address space gets in place of a Vmo: a copy of it, or the same one. Always Shared when not anonymous.
enum class Inheritance : uint8_t { Copied, Shared };

// What a Vmo knows about one of its pages.
enum class PageState : uint8_t {
  Missing,  // no frame yet
  Private,  // a frame that only this Vmo holds
  Shared,   // a frame that another Vmo holds, too: not to be written
};

class Vmo {
 public:
  // `pages` of zeros. InvalidArgument: none, or more than 2^36. OutOfMemory.
  static Result<Ref<Vmo>> create(uint64_t pages);

  // The physical memory from `start` on, which outlives the Vmo. As above.
  static Result<Ref<Vmo>> create_physical(Pa start, uint64_t pages, VmoKind kind);

  explicit Vmo(VmoKind kind, Pa start = {}) : kind_(kind), start_(start) {}
  ~Vmo();

  void retain() { ++references_; }
  void release();

  VmoKind kind() const { return kind_; }
  Inheritance inheritance() const { return kind_ == VmoKind::Anonymous ? inheritance_ : Inheritance::Shared; }
  void share() { inheritance_ = Inheritance::Shared; }
  uint64_t pages() const { return pages_; }
  PageState state(uint64_t page) const;

  // Where a page lies that is not Missing.
  Pa frame(uint64_t page) const;

  // Gives a Missing page a frame of zeros. OutOfMemory.
  Result<Pa> fill(uint64_t page);

  // A copy of an anonymous Vmo that shares all frames with it until one of the two writes: then that one gets a frame of its own.
  // Takes the write permission of all that shows this Vmo away. OutOfMemory: nothing has changed. NotSupported: not anonymous.
  Result<Ref<Vmo>> clone();

  // Exercise 2.10. Makes `copy`, which has no frames yet, hold every frame of this Vmo. OutOfMemory: `copy` holds some of them.
  Result<> share_frames(Vmo& copy) const;

  // The frame of a page that is to be written to, shared with nobody. No region maps another one for this page any more.
  Result<Pa> writable_frame(uint64_t page);

  // Exercise 2.10. The same, regions apart: a Shared one is copied first, and the copy takes its place in this
  // Vmo; the last holder keeps it as it is. The page is not Missing.
  // OutOfMemory: nothing has changed.
  Result<Pa> own_frame(uint64_t page);

  // A region begins or ceases to show this Vmo.
  void add(Region& region) { regions_.push_back(region); }
  void remove(Region& region) { regions_.remove(region); }

 private:
  using Regions = List<Region, &Region::vmo_link>;

  VmoKind kind_;
  Inheritance inheritance_ = Inheritance::Copied;
  uint32_t references_ = 1;
  uint64_t pages_ = 0;
  Pa start_;         // Physical, Device
  PageMap frames_;   // Anonymous
  Regions regions_;  // that show this Vmo
};

}  // namespace strata
