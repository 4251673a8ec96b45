// Slabs: a frame of objects of one size, a power of two, behind a header. The header is found from an object by rounding its
// address down to the frame. Slabs with room are on the list of their size; a slab that becomes empty is given back.
#include "mm/heap.hpp"

#include <bit>

#include "lib/list.hpp"
#include "mm/fault_injection.hpp"
#include "mm/frames.hpp"

namespace strata::heap {

namespace {

struct FreeObject {
  FreeObject* next;
};

struct Slab {
  ListLink<Slab> link;  // linked while an object is free
  FreeObject* free = nullptr;
  uint32_t used = 0;
  uint32_t object_bytes = 0;
};
constexpr size_t header_bytes = 64;
static_assert(sizeof(Slab) <= header_bytes);

constexpr size_t least_bytes = 16, most_bytes = 1024;  // of an object in a slab
constexpr size_t sizes = std::bit_width(most_bytes / least_bytes);

constinit List<Slab, &Slab::link> slabs[sizes];
constinit uint64_t used = 0;

size_t size_index(size_t bytes) { return bytes <= least_bytes ? 0 : std::bit_width((bytes - 1) / least_bytes); }

unsigned order_of(size_t bytes) { return static_cast<unsigned>(std::bit_width((bytes - 1) / frame_size)); }

Pa physical(const void* memory) { return {reinterpret_cast<uint64_t>(memory) - direct_map_base.value}; }

// A slab whose objects are all free, on its list.
Result<Slab*> make_slab(size_t object_bytes) {
  Pa frame = TRY(allocate_frames());
  Slab* slab = new (direct_map_as<void>(frame)) Slab;
  slab->object_bytes = static_cast<uint32_t>(object_bytes);
  for (size_t at = header_bytes; at + object_bytes <= frame_size; at += object_bytes) {
    slab->free = new (direct_map_as<char>(frame) + at) FreeObject{slab->free};
  }
  slabs[size_index(object_bytes)].push_front(*slab);
  return slab;
}

Result<void*> allocate_small(size_t index) {
  Slab* slab = slabs[index].front();
  if (!slab) slab = TRY(make_slab(least_bytes << index));
  FreeObject* object = slab->free;
  slab->free = object->next;
  ++slab->used;
  if (!slab->free) slabs[index].remove(*slab);
  used += slab->object_bytes;
  return object;
}

void free_small(void* memory) {
  auto* slab = reinterpret_cast<Slab*>(align_down(reinterpret_cast<uint64_t>(memory), frame_size));
  auto& list = slabs[size_index(slab->object_bytes)];
  slab->free = new (memory) FreeObject{slab->free};
  used -= slab->object_bytes;
  if (!slab->link.linked()) list.push_front(*slab);
  if (--slab->used != 0) return;
  list.remove(*slab);
  release_frame(physical(slab));
}

}  // namespace

Result<void*> allocate(size_t bytes) {
  if (bytes == 0) return Error::InvalidArgument;
  if (allocation_hook && !allocation_hook(__builtin_return_address(0))) return Error::OutOfMemory;
  if (bytes <= most_bytes) return allocate_small(size_index(bytes));
  Pa block = TRY(allocate_frames(order_of(bytes)));
  used += frame_size << order_of(bytes);
  return direct_map_as<void>(block);
}

void free(void* memory, size_t bytes) {
  if (bytes <= most_bytes) return free_small(memory);
  used -= frame_size << order_of(bytes);
  release_frame(physical(memory));
}

uint64_t used_bytes() { return used; }

}  // namespace strata::heap
