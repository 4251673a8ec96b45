// Challenge 2.11: objects of one size, a frame of them at a time.
// Invariant: a slab is on its cache's list as long as one of its objects is free.
#include "mm/my_slab.hpp"

#include "debug/unimplemented.hpp"
#include "mm/frames.hpp"

//@ solution
#include <new>
#include <utility>

//@ end
namespace strata {

//@ solution
namespace {

constexpr size_t most_objects = 240;                     // in a slab
constexpr uint8_t end_of_list = 0xfe, somebodys = 0xff;  // no numbers of objects

}  // namespace

struct SlabCache::Slab {
  const SlabCache* cache = nullptr;
  Slab* next = nullptr;  // the neighbours on the cache's list
  Slab* previous = nullptr;
  uint16_t first = 0;   // where the first object begins, in bytes from here
  uint16_t stride = 0;  // from one object to the next
  uint8_t objects = 0;
  uint8_t used = 0;
  uint8_t free = 0;                      // number of the first free object
  uint8_t next_free[most_objects] = {};  // by number: the free object behind this one; somebodys: it is not free
};

namespace {

using Slab = SlabCache::Slab;
static_assert((frame_size - sizeof(Slab)) / SlabCache::least_bytes <= most_objects);
static_assert(align_up(sizeof(Slab), SlabCache::most_alignment) <= SlabCache::most_bookkeeping);

void push(Slab*& list, Slab& slab) {
  slab.next = list;
  slab.previous = nullptr;
  if (list) list->previous = &slab;
  list = &slab;
}

void remove(Slab*& list, Slab& slab) {
  (slab.previous ? slab.previous->next : list) = slab.next;
  if (slab.next) slab.next->previous = slab.previous;
}

// A slab whose objects are all free.
Result<Slab*> make_slab(const SlabCache& cache, size_t bytes, size_t alignment) {
  auto* slab = new (direct_map_as<void>(TRY(allocate_frames()))) Slab;
  slab->cache = &cache;
  slab->first = static_cast<uint16_t>(align_up(sizeof(Slab), alignment));
  slab->stride = static_cast<uint16_t>(align_up(bytes, alignment));
  slab->objects = static_cast<uint8_t>((frame_size - slab->first) / slab->stride);
  for (unsigned n = 0; n < slab->objects; ++n) slab->next_free[n] = static_cast<uint8_t>(n + 1);
  slab->next_free[slab->objects - 1] = end_of_list;
  return slab;
}

}  // namespace

//@ end
// EXERCISE 2.11  Which slab, and which of its objects? Both must be known without a search.
Result<void*> SlabCache::allocate() {
  //@ solution
  if (!with_room_) push(with_room_, *TRY(make_slab(*this, bytes_, alignment_)));
  Slab& slab = *with_room_;
  uint8_t number = slab.free;
  slab.free = std::exchange(slab.next_free[number], somebodys);
  ++slab.used;
  if (slab.used == slab.objects) remove(with_room_, slab);
  return reinterpret_cast<char*>(&slab) + slab.first + size_t{number} * slab.stride;
  //@ skeleton
  // (void)bytes_, (void)alignment_, (void)with_room_;
  // return unimplemented("2.11 SlabCache::allocate");
  //@ end
}

// EXERCISE 2.11  From the address alone: which slab, which object, and is it somebody's?
Result<> SlabCache::take_back(void* object) {
  //@ solution
  auto address = reinterpret_cast<uint64_t>(object);
  Slab& slab = *reinterpret_cast<Slab*>(align_down(address, frame_size));
  if (slab.cache != this) return Error::InvalidArgument;
  uint64_t offset = address % frame_size - slab.first;  // enormous before the first object
  uint64_t number = offset / slab.stride;
  if (offset % slab.stride != 0 || number >= slab.objects || slab.next_free[number] != somebodys) {
    return Error::InvalidArgument;
  }
  if (slab.used == slab.objects) push(with_room_, slab);
  slab.next_free[number] = std::exchange(slab.free, static_cast<uint8_t>(number));
  --slab.used;
  if (slab.used != 0) return {};
  remove(with_room_, slab);
  release_frame(Pa{reinterpret_cast<uint64_t>(&slab) - direct_map_base.value});
  return {};
  //@ skeleton
  // (void)object;
  // return unimplemented("2.11 SlabCache::take_back");
  //@ end
}

}  // namespace strata
