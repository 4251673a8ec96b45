// The whole of lab 2 on the machine: its memory, the kernel's space, and address spaces whose pages the CPU really uses. Regions
// here are the kernel's own (no user bit), because lab 2 has no other rings yet.
#include <algorithm>

#include "boot/boot_info.hpp"
#include "console/console.hpp"
#include "cpu/attempt.hpp"
#include "mm/address_space.hpp"
#include "mm/fault_injection.hpp"
#include "mm/frames.hpp"
#include "mm/kernel_space.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr uint64_t page = 4096;

volatile uint64_t& word(Va va) { return *reinterpret_cast<volatile uint64_t*>(va.value); }

// Does a read, a write or a call at `va` come back? Otherwise it was a fault that nobody resolved.
bool may_read(Va va) {
  return attempt([](void* at) { (void)*static_cast<volatile uint64_t*>(at); }, reinterpret_cast<void*>(va.value));
}
bool may_write(Va va) {
  return attempt([](void* at) { *static_cast<volatile uint64_t*>(at) = 1; }, reinterpret_cast<void*>(va.value));
}
bool may_call(Va va) {
  return attempt([](void* at) { reinterpret_cast<void (*)()>(at)(); }, reinterpret_cast<void*>(va.value));
}

bool in_usable_range(Pa pa, uint64_t bytes) {
  const auto& memory = boot_info().memory;
  return std::any_of(memory.begin(), memory.end(), [&](const MemoryRange& range) {
    return range.kind == MemoryKind::Usable && pa >= range.base && pa + bytes <= range.base + range.length;
  });
}

// Takes every frame there is, in blocks of a size that the seed chooses and then in smaller ones, and gives all of them back,
// threaded on a list through themselves. (A block for each frame would be too many for a kernel that is not optimized.)
void frames_all(TestRun& run) {
  run.seen("free", 0, free_frames() <= total_frames());
  uint64_t before = free_frames(), key = run.random().next(), count = 0, odd = 0, changed = 0;
  struct Mark {
    Pa last;
    unsigned order;
  };
  Pa last{0};
  for (auto order = static_cast<unsigned>(3 + run.random().below(4));;) {
    auto block = allocate_frames(order);
    if (!block.ok() && order-- == 0) break;
    if (!block.ok()) continue;
    uint64_t bytes = page << order;
    odd += !in_usable_range(block.value(), bytes) || block.value().value % bytes != 0;
    *direct_map_as<Mark>(block.value()) = {last, order};
    *direct_map_as<uint64_t>(block.value() + (bytes - 8)) = block.value().value ^ key;
    last = block.value();
    count += 1ull << order;
  }
  run.seen("all", 0, count == before);
  run.seen("left", 0, free_frames());
  run.seen("odd", 0, odd);
  while (last.value != 0) {
    Mark mark = *direct_map_as<Mark>(last);
    changed += *direct_map_as<uint64_t>(last + ((page << mark.order) - 8)) != (last.value ^ key);
    release_frame(last);
    last = mark.last;
  }
  run.seen("back", 0, free_frames() == before);
  run.seen("changed", 0, changed);
  uint64_t mib = total_frames() * page >> 20;
  log("frames {:x}: {} MiB\n", run.random().next(), mib);
  auto largest = allocate_frames(10);
  run.seen("largest", 0, largest.ok());
  if (largest.ok()) release_frame(largest.value());
}

void kernel_witness(TestRun& run) {
  run.seen("here", 0, run.random().below(1 << 30));
  run.seen("outcome", 0, build_kernel_space().error());
  witness_point();
}

extern "C" const char kernel_text_start[], kernel_rodata_start[];

// What the kernel's own space forbids the kernel.
void kernel_wx(TestRun& run) {
  Va text{reinterpret_cast<uint64_t>(kernel_text_start) + run.random().below(1000) * 8};
  Va constant{reinterpret_cast<uint64_t>(kernel_rodata_start) + run.random().below(100) * 8};
  static constinit uint64_t data = 0;
  run.seen("outcome", 0, build_kernel_space().error());
  run.seen("read_text", 0, may_read(text));
  run.seen("write_text", 0, may_write(text));
  run.seen("read_constant", 0, may_read(constant));
  run.seen("write_constant", 0, may_write(constant));
  run.seen("write_data", 0, may_write(Va{reinterpret_cast<uint64_t>(&data)}));
  data = 0xc3;  // ret
  run.seen("call_data", 0, may_call(Va{reinterpret_cast<uint64_t>(&data)}));
  run.seen("null", 0, may_read(Va{run.random().below(512) * 8}));
}

// A space with one region, in use.
struct Used {
  Ref<Vmo> vmo;
  Owner<AddressSpace> space;
  Va start;
};

Result<Used> use(Random& random, uint64_t pages, Perms perms) {
  Used it;
  it.start = Va{(1 + random.below(1ull << 34)) * page};
  it.vmo = TRY(Vmo::create(pages));
  it.space = TRY(AddressSpace::create());
  TRY(it.space->map(it.start, pages, perms, it.vmo, 0));
  it.space->activate();
  return it;
}

uint64_t present(const Vmo& vmo) {
  uint64_t count = 0;
  for (uint64_t i = 0; i < vmo.pages(); ++i) count += vmo.state(i) != PageState::Missing;
  return count;
}

// Pages come with their first use, full of zeros, and only those.
void demand_zero(TestRun& run) {
  uint64_t pages = 8 + run.random().below(1000);
  auto used = use(run.random(), pages, {.write = true});
  run.seen("outcome", 0, used.error());
  if (!used.ok()) return;
  const Used& it = used.value();
  uint64_t zeros = 0, touched = 0;
  for (uint64_t i = 0; i < 12; ++i) {
    uint64_t number = run.random().below(pages);
    Va va = it.start + number * page + run.random().below(512) * 8;
    touched += it.vmo->state(number) == PageState::Missing;
    if (!may_read(va)) continue;
    zeros += word(va) == 0 || word(va) == va.value;
    word(va) = va.value;
  }
  run.seen("zeros", 0, zeros);
  run.seen("present", 0, present(*it.vmo) == touched);
  run.seen("before", 0, may_read(Va{it.start.value - page}));
  run.seen("behind", 0, may_read(it.start + pages * page));
  run.seen("executed", 0, may_call(it.start));
}

// Rights that are taken away are gone at once, although the TLB has seen the page a moment ago; and so is the page itself.
void rights_and_tlb(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    auto used = use(run.random(), 8, {.write = true});
    run.seen("outcome", i, used.error());
    if (!used.ok()) return;
    const Used& it = used.value();
    uint64_t number = run.random().below(7);
    Va va = it.start + number * page, next = va + page;
    run.seen("write", i, may_write(va) && may_write(next));
    run.seen("protected", i, it.space->protect(va, 1, {}).error());
    run.seen("read_only", i, may_read(va) && !may_write(va) && may_write(next));
    run.seen("unmapped", i, it.space->unmap(va, 1).error());
    run.seen("gone", i, !may_read(va) && may_write(next));
    run.seen("back", i, it.space->map(va, 1, {.write = true}, it.vmo, number).error());
    run.seen("contents", i, may_write(va) && word(va) == 1);
  }
}

// Two spaces with a Vmo and its clone: both see what was there, and neither what the other writes.
void cow_spaces(TestRun& run) {
  uint64_t pages = 4 + run.random().below(20);
  auto used = use(run.random(), pages, {.write = true});
  run.seen("outcome", 0, used.error());
  if (!used.ok()) return;
  const Used& parent = used.value();
  for (uint64_t i = 0; i < pages; ++i) {
    if (may_write(parent.start + i * page)) word(parent.start + i * page) = 100 + i;
  }
  auto copy = parent.vmo->clone();
  auto space = AddressSpace::create();
  run.seen("clone", 0, copy.error());
  run.seen("space", 0, space.error());
  if (!copy.ok() || !space.ok()) return;
  AddressSpace& child = *space.value();
  run.seen("mapped", 0, child.map(parent.start, pages, {.write = true}, copy.value(), 0).error());
  uint64_t written = run.random().below(pages), other = run.random().below(pages);
  uint64_t before = free_frames();
  Va here = parent.start + written * page, there = parent.start + other * page;
  if (may_write(here)) word(here) = 7;  // the parent
  child.activate();
  run.seen("kept", 0, may_read(here) ? word(here) : 0);
  if (may_write(there)) word(there) = 8;
  parent.space->activate();
  run.seen("parent", 0, may_read(here) ? word(here) : 0);
  run.seen("parent", 1, may_read(there) ? word(there) : 0);
  run.seen("copies", 0, before - free_frames());
}

// Ranges of regions: cut, joined, refused.
void regions(TestRun& run) {
  auto space = AddressSpace::create();
  run.seen("space", 0, space.error());
  if (!space.ok()) return;
  Ref<Vmo> vmo = Vmo::create(256).value_or({});
  if (!vmo) return;
  AddressSpace& it = *space.value();
  Va base{page * (16 + run.random().below(1000))};
  run.seen("mapped", 0, it.map(base, 256, {.write = true}, vmo, 0).error());
  for (uint64_t i = 0; i < 24; ++i) {
    uint64_t first = run.random().below(256), pages = 1 + run.random().below(256 - first);
    uint64_t what = run.random().below(3);
    Va at = base + first * page;
    Error outcome = Error::Success;
    if (what == 0) outcome = it.unmap(at, pages).error();
    if (what == 1) outcome = it.protect(at, pages, {.write = i % 2 == 0}).error();
    if (what == 2) outcome = it.map(at, pages, {.write = true}, vmo, first).error();
    run.seen("outcome", i, outcome);
    uint64_t count = 0, sum = 0;
    for (Region* region = it.first_region(); region; region = it.next_region(*region)) {
      ++count;
      sum = sum * 31 + (region->start - base) / page * 1000 + region->pages() * 2 + region->perms.write;
      if (region->page_of(region->start) != (region->start - base) / page) sum = 0;
    }
    run.seen("regions", i, count);
    run.seen("sum", i, sum);
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.frames_all", frames_all},   {"lab2.kernel_witness", kernel_witness}, {"lab2.kernel_wx", kernel_wx},
    {"lab2.demand_zero", demand_zero}, {"lab2.rights_and_tlb", rights_and_tlb}, {"lab2.cow_spaces", cow_spaces},
    {"lab2.regions", regions},
};

}  // namespace
}  // namespace strata
