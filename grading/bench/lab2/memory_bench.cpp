// Frames, regions and page faults, on the machine itself. What needs an exercise that is missing measures nothing.
#include "../measure.hpp"
#include "mm/address_space.hpp"
#include "mm/clear_frame.hpp"
#include "mm/frames.hpp"
#include "mm/kernel_space.hpp"

namespace strata {

namespace {

constexpr uint64_t repetitions = 64;
constexpr Va start{0x40'0000};

Result<> allocate_and_free() {
  release_frame(TRY(allocate_frames()));
  return {};
}

// One frame more is in use each time, so the allocator splits and joins blocks of every order.
void frame_alloc_free(TestRun& run) {
  Samples samples(run);
  Pa held[repetitions];
  for (Pa& frame : held) {
    auto next = allocate_frames();
    if (!next.ok()) return;
    frame = next.value();
    samples.take([] { (void)allocate_and_free(); });
  }
  for (Pa frame : held) release_frame(frame);
}

// A space in use that shows `repetitions` pages at `start`, none of which has been used yet.
struct Shown {
  Ref<Vmo> vmo;
  Owner<AddressSpace> space;
};

Result<Shown> show() {
  Shown it;
  it.vmo = TRY(Vmo::create(repetitions));
  it.space = TRY(AddressSpace::create());
  TRY(it.space->map(start, repetitions, {.write = true}, it.vmo, 0));
  it.space->activate();
  return it;
}

volatile uint64_t& word(uint64_t page) {
  return *reinterpret_cast<volatile uint64_t*>((start + page * frame_size).value);
}

// From a write to a page that has no frame yet to the next instruction: what the kernel does, and the zeroing.
void page_fault_first_touch(TestRun& run) {
  Samples samples(run);
  auto shown = show();
  if (!shown.ok()) return;
  for (uint64_t page = 0; page < repetitions; ++page) {
    volatile uint64_t& there = word(page);
    samples.take([&] { there = 1; });
  }
  void* frame = direct_map_as<void>(shown.value().vmo->frame(0));
  samples.leave_out([&] { clear_frame(frame); });
}

// From a write to a page that two spaces share, and that is mapped for reading, to the next instruction.
void cow_break(TestRun& run) {
  Samples samples(run);
  auto shown = show();
  if (!shown.ok()) return;
  for (uint64_t page = 0; page < repetitions; ++page) word(page) = 1;
  const Vmo& vmo = *shown.value().vmo;
  auto copy = shown.value().vmo->clone();
  if (!copy.ok()) return;
  for (uint64_t page = 0; page < repetitions; ++page) {
    volatile uint64_t& there = word(page);
    samples.take([&] { there = 2; });
  }
  void* to = direct_map_as<void>(vmo.frame(0));
  const void* from = direct_map_as<void>(copy.value()->frame(0));
  samples.leave_out([&] { copy_frame(to, from); });
}

// Regions of one page, with a gap of one page behind each.
Result<> add_regions(AddressSpace& space, uint64_t count) {
  Ref<Vmo> vmo = TRY(Vmo::create_physical(Pa{0}, 1, VmoKind::Physical));
  for (uint64_t i = 0; i < count; ++i) TRY(space.map(start + 2 * i * frame_size, 1, {}, vmo, 0));
  return {};
}

// Of an address in one of the regions, drawn anew each time.
void region_lookup(TestRun& run, uint64_t count) {
  Samples samples(run);
  auto created = AddressSpace::create();
  if (!created.ok() || !add_regions(*created.value(), count).ok()) return;
  const AddressSpace& space = *created.value();
  for (uint64_t i = 0; i < 4 * repetitions; ++i) {
    Va va = start + 2 * run.random().below(count) * frame_size;
    Region* found = nullptr;
    samples.take([&] { found = space.find(va); });
    if (!found || found->start != va) return;
  }
}

void region_lookup_10(TestRun& run) { region_lookup(run, 10); }
void region_lookup_10000(TestRun& run) { region_lookup(run, 10'000); }

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test benchmarks[] = {
    {"frame_alloc_free", frame_alloc_free},
    {"page_fault_first_touch", page_fault_first_touch},
    {"cow_break", cow_break},
    {"region_lookup_10", region_lookup_10},
    {"region_lookup_10000", region_lookup_10000},
};

}  // namespace
}  // namespace strata
