// Exercise 2.10: frames that two Vmos share, in the machine's real memory.
#include <iterator>

#include "limited_memory.hpp"
#include "mm/frames.hpp"
#include "mm/vmo.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

uint64_t* words(Pa frame) { return direct_map_as<uint64_t>(frame); }

// Some pages of a new Vmo get a frame and contents; which, says the mask.
struct Filled {
  Ref<Vmo> vmo;
  uint64_t pages = 0;
  uint64_t mask = 0;
};

Result<Filled> fill_some(Random& random) {
  uint64_t pages = 4 + random.below(40), mask = random.next() | 1;
  Filled it{TRY(Vmo::create(pages)), pages, mask & ((1ull << pages) - 1)};
  for (uint64_t page = 0; page < pages; ++page) {
    if ((it.mask >> page & 1) == 0) continue;
    Pa frame = TRY(it.vmo->fill(page));
    for (uint64_t i = 0; i < 512; ++i) words(frame)[i] = page * 1000 + i;
  }
  return it;
}

uint64_t count(const Vmo& vmo, PageState state) {
  uint64_t found = 0;
  for (uint64_t page = 0; page < vmo.pages(); ++page) found += vmo.state(page) == state;
  return found;
}

// The references of all frames, and whether they hold what was written to them.
void observe(TestRun& run, uint64_t index, const Vmo& vmo) {
  uint64_t references = 0, right = 0;
  for (uint64_t page = 0; page < vmo.pages(); ++page) {
    if (vmo.state(page) == PageState::Missing) continue;
    Pa frame = vmo.frame(page);
    references += frame_references(frame);
    right += words(frame)[0] == page * 1000 && words(frame)[511] == page * 1000 + 511;
  }
  run.seen("missing", index, count(vmo, PageState::Missing));
  run.seen("shared", index, count(vmo, PageState::Shared));
  run.seen("references", index, references);
  run.seen("right", index, right);
}

void cow_share(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    auto filled = fill_some(run.random());
    if (!filled.ok()) return;
    const Filled& it = filled.value();
    uint64_t clones = 1 + run.random().below(3), before = free_frames();
    Ref<Vmo> copies[3];
    for (uint64_t n = 0; n < clones; ++n) {
      auto copy = it.vmo->clone();
      run.seen("outcome", i, copy.error());
      if (!copy.ok()) return;
      copies[n] = copy.take();
    }
    observe(run, i, *it.vmo);
    observe(run, i, *copies[0]);
    run.seen("frames", i, before - free_frames());
  }
}

// One of the two writes: it gets a frame of its own with the same contents, and the other one keeps what it had.
void cow_write(TestRun& run) {
  auto filled = fill_some(run.random());
  if (!filled.ok()) return;
  const Filled& it = filled.value();
  auto copy = it.vmo->clone();
  run.seen("outcome", 0, copy.error());
  if (!copy.ok()) return;
  for (uint64_t i = 0; i < 12; ++i) {
    uint64_t page = run.random().below(it.pages);
    if ((it.mask >> page & 1) == 0) continue;
    Vmo& writer = run.random().below(2) == 0 ? *it.vmo : *copy.value();
    Vmo& other = &writer == it.vmo.get() ? *copy.value() : *it.vmo;
    PageState state = writer.state(page);
    Pa before = writer.frame(page);
    auto frame = writer.own_frame(page);
    run.seen("owned", i, frame.error());
    if (!frame.ok()) return;
    run.seen("moved", i, frame.value() != before);
    run.seen("expected_to_move", i, state == PageState::Shared);
    run.seen("apart", i, frame.value() != other.frame(page));
    run.seen("known", i, writer.frame(page) == frame.value());
    observe(run, i, writer);
    observe(run, i, other);
  }
}

// When the other one is gone, nothing is copied.
void cow_last_owner(TestRun& run) {
  auto filled = fill_some(run.random());
  if (!filled.ok()) return;
  const Filled& it = filled.value();
  {
    auto copy = it.vmo->clone();
    run.seen("outcome", 0, copy.error());
  }
  observe(run, 0, *it.vmo);
  uint64_t before = free_frames();
  for (uint64_t page = 0; page < it.pages; ++page) {
    if (it.vmo->state(page) == PageState::Missing) continue;
    Pa frame = it.vmo->frame(page);
    auto owned = it.vmo->own_frame(page);
    run.seen("owned", page, owned.error());
    run.seen("moved", page, owned.value_or(Pa{}) != frame);
  }
  run.seen("frames", 0, before - free_frames());
}

// Memory that is there anyway belongs to nobody's frames: it is written where it is.
void cow_physical(TestRun& run) {
  for (uint64_t i = 0; i < 8; ++i) {
    Vmo vmo(i % 2 == 0 ? VmoKind::Physical : VmoKind::Device, Pa{run.random().below(1ull << 36) * frame_size});
    auto frame = vmo.own_frame(run.random().below(1000));
    run.seen("owned", i, frame.error());
    run.seen("frame", i, frame.value_or(Pa{}).value);
  }
}

Result<Ref<Vmo>> clone_with(uint64_t allocations, Vmo& vmo) {
  LimitedMemory memory(allocations);
  return vmo.clone();
}

// Memory that runs out in a clone, and in the copy of a frame: nothing is lost, and afterwards it works.
void cow_out_of_memory(TestRun& run) {
  auto filled = fill_some(run.random());
  if (!filled.ok()) return;
  const Filled& it = filled.value();
  uint64_t before = free_frames(), allowed = run.random().below(3);
  auto failed = clone_with(allowed, *it.vmo);
  run.seen("clone", allowed, failed.error());
  run.seen("frames", 0, failed.ok() ? 0 : before - free_frames());
  auto copy = failed.ok() ? failed : it.vmo->clone();
  run.seen("again", 0, copy.error());
  if (!copy.ok()) return;
  {
    LimitedMemory none(0);
    run.seen("owned", 0, it.vmo->own_frame(0).error());
  }
  observe(run, 0, *it.vmo);
  observe(run, 1, *copy.value());
  run.seen("owned", 1, it.vmo->own_frame(0).error());
  observe(run, 2, *it.vmo);
}

// A Vmo so large that its PageMap has several nodes: memory runs out in the middle of sharing, too.
void cow_half_shared(TestRun& run) {
  auto vmo = Vmo::create(600 + run.random().below(1000));
  if (!vmo.ok()) return;
  Vmo& it = *vmo.value();
  uint64_t pages[] = {run.random().below(512), 512 + run.random().below(88)};
  for (uint64_t page : pages) {
    if (!it.fill(page).ok()) return;
  }
  uint64_t before = free_frames(), failures = 0, lost = 0, references = 0;
  Result<Ref<Vmo>> copy = Error::OutOfMemory;
  for (uint64_t allocations = 0; copy.error() == Error::OutOfMemory && allocations < 10; ++allocations) {
    copy = clone_with(allocations, it);
    if (copy.ok()) break;
    ++failures;
    lost += before - free_frames();
    for (uint64_t page : pages) references += frame_references(it.frame(page)) - 1;
  }
  run.seen("outcome", 0, copy.error());
  run.seen("failed_first", 0, failures >= 3);
  run.seen("lost", 0, lost);
  run.seen("references", 0, references);
  run.seen("pages", 0, it.pages());
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.cow_share", cow_share},
    {"lab2.cow_write", cow_write},
    {"lab2.cow_last_owner", cow_last_owner},
    {"lab2.cow_physical", cow_physical},
    {"lab2.cow_out_of_memory", cow_out_of_memory},
    {"lab2.cow_half_shared", cow_half_shared},
};

}  // namespace
}  // namespace strata
