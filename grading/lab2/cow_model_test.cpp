// Exercise 2.10: a long life of some Vmos that are cloned, written to and dropped, with memory that runs out. The host knows which
// of them hold a frame together, and what stands in it.
#include <iterator>

#include "limited_memory.hpp"
#include "mm/frames.hpp"
#include "mm/vmo.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr uint64_t plenty = 10'000;  // allocations

uint64_t* words(Pa frame) { return direct_map_as<uint64_t>(frame); }

// What write() has written to this page; all ones where a part of it is missing.
uint64_t contents(const Vmo& vmo, uint64_t page) {
  const uint64_t* it = words(vmo.frame(page));
  return it[0] == it[300] && it[0] == it[511] ? it[0] : ~0ull;
}

Result<> write(Vmo& vmo, uint64_t page, uint64_t value) {
  Pa frame = vmo.state(page) == PageState::Missing ? TRY(vmo.fill(page)) : TRY(vmo.own_frame(page));
  if (contents(vmo, page) == ~0ull) return Error::Internal;
  for (size_t i : {0u, 300u, 511u}) words(frame)[i] = value;
  return {};
}

class Family {
 public:
  explicit Family(TestRun& run) : run_(run), pages_(400 + run.random().below(700)) {
    spots_[1] = pages_ - 1;
    for (size_t i = 2; i < std::size(spots_); ++i) spots_[i] = run.random().below(pages_);
  }

  void step(uint64_t index) {
    Random& random = run_.random();
    uint64_t what = random.below(8), slot = random.below(5), other = random.below(5);
    uint64_t page = spots_[random.below(6)], allowed = random.below(4) == 0 ? random.below(3) : plenty;
    Error outcome = act(allowed, what, slot, other, page, index + 1);
    run_.seen("outcome", index, outcome);
    if (outcome == Error::OutOfMemory) {
      observe("kept", index);
      run_.seen("again", index, act(plenty, what, slot, other, page, index + 1));
    }
    observe("state", index);
  }

 private:
  Error act(uint64_t allowed, uint64_t what, uint64_t slot, uint64_t other, uint64_t page, uint64_t value) {
    LimitedMemory memory(allowed);
    Ref<Vmo>& vmo = vmos_[slot];
    if (!vmo) return take(Vmo::create(pages_), vmo);
    if (what < 3 && what > 0 && !vmos_[other]) return take(vmo->clone(), vmos_[other]);
    if (what > 0) return write(*vmo, page, value).error();
    vmo = {};
    return Error::Success;
  }

  static Error take(Result<Ref<Vmo>> made, Ref<Vmo>& where) {
    if (made.ok()) where = made.take();
    return made.error();
  }

  // What stands in the pages that are written to, and how many hold each frame.
  void observe(std::string_view key, uint64_t index) {
    uint64_t total = 0;
    for (const Ref<Vmo>& vmo : vmos_) {
      for (uint64_t page : spots_) {
        bool missing = !vmo || vmo->state(page) == PageState::Missing;
        total = total * 31 +
                (missing ? static_cast<bool>(vmo) : contents(*vmo, page) * 8 + frame_references(vmo->frame(page)));
      }
    }
    run_.seen(key, index, total);
  }

  TestRun& run_;
  uint64_t pages_;
  uint64_t spots_[6] = {};
  Ref<Vmo> vmos_[5];
};

void cow_model(TestRun& run) {
  uint64_t frames = free_frames(), bytes = heap::used_bytes();
  {
    Family family(run);
    for (uint64_t i = 0; i < 160; ++i) family.step(i);
  }
  run.seen("frames_lost", 0, frames - free_frames());
  run.seen("bytes_lost", 0, heap::used_bytes() - bytes);
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {{"lab2.cow_model", cow_model}};

}  // namespace
}  // namespace strata
