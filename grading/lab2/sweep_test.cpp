// Everything that allocates, with each of its allocations failing in turn: then nothing may be lost, and a second attempt succeeds.
// `make sweep` prints which operation fails where.
#include <iterator>

#include "mm/address_space.hpp"
#include "mm/fault_injection.hpp"
#include "mm/frames.hpp"
#include "mm/kernel_space.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr uint64_t page = 4096, large = 1ull << 21, gib = 1ull << 30;
constexpr Va start{64 * page};
constexpr uint64_t shown = 8;  // pages of a region: the last ones of its Vmo

// What an operation works on, and what it makes; all of it is given back.
struct Scene {
  uint64_t pages = 0;  // a few more than one node of a PageMap has
  Ref<Vmo> vmo, copy;
  Owner<AddressSpace> space;
  PageTables tables;
  void* memory = nullptr;

  Scene() = default;
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;
  ~Scene();
};

constexpr size_t large_bytes = 5000;

Scene::~Scene() {
  if (memory) heap::free(memory, large_bytes);
  if (tables.root() == Pa{0}) return;
  NoTlb nobody;
  TlbFlush flush(nobody);
  (void)tables.unmap(Va{gib}, 2 * gib, flush);
  flush.commit();
  frame_tables().free(tables.root());
}

// --- Before the operation -----------------------------------------------------------------------------------------------

Result<> nothing(Scene&) { return {}; }

Result<> with_vmo(Scene& it) {
  it.vmo = TRY(Vmo::create(it.pages));
  return it.vmo->fill(it.pages - 1).error();
}

Result<> with_far_pages(Scene& it) {
  TRY(with_vmo(it));
  return it.vmo->fill(0).error();
}

Result<> with_region(Scene& it) {
  it.vmo = TRY(Vmo::create(it.pages));
  it.space = TRY(AddressSpace::create());
  return it.space->map(start, shown, {.write = true}, it.vmo, it.pages - shown).error();
}

Result<> with_shared_page(Scene& it) {
  TRY(with_region(it));
  TRY(it.space->resolve(start, {.write = true}));
  it.copy = TRY(it.vmo->clone());
  return {};
}

Result<> with_tables(Scene& it) {
  it.tables = PageTables(frame_tables(), TRY(frame_tables().allocate()));
  return {};
}

Result<> with_large_pages(Scene& it) {
  TRY(with_tables(it));
  return it.tables.map_contiguous(Va{gib}, Pa{gib}, 2 * large, {{.write = true}});
}

// --- Operations -----------------------------------------------------------------------------------------------------------

Result<> create_vmo(Scene& it) {
  it.vmo = TRY(Vmo::create(it.pages));
  return {};
}

Result<> create_physical(Scene& it) {
  it.vmo = TRY(Vmo::create_physical(Pa{gib}, it.pages, VmoKind::Physical));
  return {};
}

Result<> fill(Scene& it) { return it.vmo->fill(0).error(); }

Result<> clone(Scene& it) {
  it.copy = TRY(it.vmo->clone());
  return {};
}

Result<> writable_frame(Scene& it) { return it.vmo->writable_frame(it.pages - shown).error(); }

Result<> create_space(Scene& it) {
  it.space = TRY(AddressSpace::create());
  return {};
}

Result<> map_region(Scene& it) { return it.space->map(start + shown * page, shown, {}, it.vmo, 0).error(); }

Result<> unmap_middle(Scene& it) { return it.space->unmap(start + page, shown - 2); }
Result<> protect_middle(Scene& it) { return it.space->protect(start + page, shown - 2, {}); }
Result<> touch(Scene& it) { return it.space->resolve(start + (shown - 1) * page, {.write = true}); }
Result<> write_shared(Scene& it) { return it.space->resolve(start, {.write = true}); }

// Over the end of two tables.
Result<> map_contiguous(Scene& it) {
  return it.tables.map_contiguous(Va{2 * gib - page}, Pa{page}, (2 + it.pages % 8) * page, {});
}

Result<> split(Scene& it) { return it.tables.split(Va{gib + it.pages % 511 * page + page}); }

Result<> update_flags(Scene& it) {
  NoTlb nobody;
  TlbFlush flush(nobody);
  auto outcome = it.tables.update_flags(Va{gib + large - page}, (2 + it.pages % 8) * page, {}, flush);
  flush.commit();
  return outcome;
}

Result<> allocate_large(Scene& it) {
  it.memory = TRY(heap::allocate(large_bytes));
  return {};
}

struct Operation {
  const char* name;
  Result<> (*prepare)(Scene&);
  Result<> (*act)(Scene&);
};

constexpr Operation operations[] = {
    {"Vmo::create", nothing, create_vmo},
    {"Vmo::create_physical", nothing, create_physical},
    {"Vmo::fill", with_vmo, fill},
    {"Vmo::clone", with_far_pages, clone},
    {"Vmo::writable_frame", with_shared_page, writable_frame},
    {"AddressSpace::create", nothing, create_space},
    {"AddressSpace::map", with_region, map_region},
    {"AddressSpace::unmap", with_region, unmap_middle},
    {"AddressSpace::protect", with_region, protect_middle},
    {"AddressSpace::resolve, first touch", with_region, touch},
    {"AddressSpace::resolve, shared page", with_shared_page, write_shared},
    {"PageTables::map_contiguous", with_tables, map_contiguous},
    {"PageTables::split", with_large_pages, split},
    {"PageTables::update_flags", with_large_pages, update_flags},
    {"heap::allocate", nothing, allocate_large},
};

// --- The sweep --------------------------------------------------------------------------------------------------------------

// While it lives, no slab has room for what operations make: the next of these objects needs a frame.
class FullHeap {
 public:
  FullHeap() {
    for (size_t bytes : {sizeof(Vmo), sizeof(Region), sizeof(AddressSpace)}) fill(bytes);
  }
  FullHeap(const FullHeap&) = delete;
  FullHeap& operator=(const FullHeap&) = delete;
  ~FullHeap() {
    while (Filler* it = first_) {
      first_ = it->next;
      heap::free(it, it->bytes);
    }
  }

 private:
  struct Filler {
    Filler* next;
    size_t bytes;
  };

  void fill(size_t bytes) {
    for (;;) {
      uint64_t frames = free_frames();
      auto memory = heap::allocate(bytes);
      if (!memory.ok()) return;
      if (free_frames() != frames) return heap::free(memory.value(), bytes);
      first_ = new (memory.value()) Filler{first_, bytes};
    }
  }

  Filler* first_ = nullptr;
};

// The allocation that is to fail, counted from 0, and where it was.
constinit uint64_t allocations_left = 0;
constinit const void* failed_at = nullptr;

bool fail_one(const void* site) {
  if (allocations_left-- != 0) return true;
  failed_at = site;
  return false;
}

Error act(const Operation& operation, Scene& scene, uint64_t number) {
  allocations_left = number;
  failed_at = nullptr;
  allocation_hook = fail_one;
  Error outcome = operation.act(scene).error();
  allocation_hook = nullptr;
  return outcome;
}

// One allocation fails. False: there are not so many, or the operation cannot be tried.
bool fail(TestRun& run, const Operation& operation, uint64_t number, uint64_t index) {
  Scene scene;
  scene.pages = 520 + run.random().below(64);
  Error prepared = operation.prepare(scene).error();
  run.seen("prepared", index, prepared);
  if (prepared != Error::Success) return false;
  FullHeap full;
  uint64_t frames = free_frames(), bytes = heap::used_bytes();
  Error outcome = act(operation, scene, number);
  run.seen("outcome", index, outcome);
  if (!failed_at) return false;
  run.seen("site", index, reinterpret_cast<uint64_t>(failed_at));
  run.seen("taken", index, frames - free_frames() + (heap::used_bytes() - bytes));
  run.seen("again", index, act(operation, scene, ~0ull));
  return true;
}

void allocation_sweep(TestRun& run) {
  size_t order[std::size(operations)];
  for (size_t i = 0; i < std::size(order); ++i) order[i] = i;
  run.random().shuffle(order);
  run.seen("kernel", 0, build_kernel_space().error());
  for (size_t number : order) {
    const Operation& operation = operations[number];
    for (uint64_t i = 0; i < 50; ++i) {
      uint64_t frames = free_frames(), bytes = heap::used_bytes();
      uint64_t index = number * 100 + i;
      run.seen("operation", index, operation.name);
      bool failed = fail(run, operation, i, index);
      run.seen("lost", index, frames - free_frames() + (heap::used_bytes() - bytes));
      if (!failed) break;
    }
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.allocation_sweep", allocation_sweep}};

}  // namespace
}  // namespace strata
