// Challenge 2.14: a student's tests on allocators that are right, and on one that is broken. All stand behind one class, so that
// nothing but what they do tells them apart; and which block they choose, a right one may choose as well. (Who goes through the
// program's memory by address can find out more. An instructor's eye sees that.)
#include "mm/my_buddy_tests.hpp"

#include "debug/panic.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

enum class Fault : uint8_t {
  None,
  LastFrame,     // a range with an odd end loses its last frame
  LargestFirst,  // splits the largest block
  RestLost,      // of the last split, one half is gone
  NeverJoins,
  JoinsOnce,
  Neighbour,  // joins with the block behind, buddy or not
  Twice,      // takes what is free already
  StaysFree,  // the upper half of a joined block is free besides
};

constinit Frame frames[BuddyUnderTest::most_frames];

// Slow and simple, without lists; never dies of its fault. `from_above`: hands out the highest block that it may, and does not
// join across the beginning of a range that is added.
class SimpleBuddy {
 public:
  constexpr SimpleBuddy(Fault fault, bool from_above) : fault_(fault), from_above_(from_above) {}

  void start(Span<Frame> frames) {
    frames_ = frames;
    for (uint64_t& count : counts_) count = 0;
  }

  Result<> add(FrameNumber first, FrameNumber end) {
    bool inside = first != no_frame && end <= frames_.size();
    if (!inside || first >= end) return Error::InvalidArgument;
    if (fault_ == Fault::LastFrame && end % 2 != 0) --end;
    for (FrameNumber frame = first; frame < end; ++frame) give(frame, 0, Fault::None, from_above_ ? first : no_frame);
    return {};
  }

  Result<FrameNumber> allocate(unsigned order) {
    if (order >= Buddy::orders) return Error::InvalidArgument;
    unsigned found = Buddy::orders;
    for (unsigned other = Buddy::orders; other-- > order;) {
      bool better = found == Buddy::orders || fault_ != Fault::LargestFirst;
      if (counts_[other] != 0 && better) found = other;
    }
    if (found == Buddy::orders) return Error::OutOfMemory;
    FrameNumber block = choose(found);
    set(block, found, FrameState::NoBlock);
    for (; found > order; --found) {
      FrameNumber half = 1u << (found - 1), rest = from_above_ ? block : block + half;
      if (from_above_) block += half;
      if (fault_ != Fault::RestLost || found - 1 != order) set(rest, found - 1, FrameState::Free);
    }
    set(block, order, FrameState::Used);
    return block;
  }

  Result<> free(FrameNumber block) {
    if (fault_ == Fault::Twice && in_free_block(block)) return {};
    bool used = block < frames_.size() && frames_[block].state == FrameState::Used;
    if (!used) return Error::InvalidArgument;
    give(block, frames_[block].order, fault_, no_frame);
    return {};
  }

  uint64_t free_blocks(unsigned order) const { return counts_[order]; }

 private:
  bool is_free(FrameNumber block, unsigned order) const {
    return block < frames_.size() && frames_[block].state == FrameState::Free && frames_[block].order == order;
  }

  bool in_free_block(FrameNumber frame) const {
    for (unsigned order = 0; order < Buddy::orders; ++order) {
      if (is_free(frame >> order << order, order)) return true;
    }
    return false;
  }

  FrameNumber choose(unsigned order) const {
    auto count = static_cast<FrameNumber>(frames_.size());
    FrameNumber block = from_above_ ? count - 1 : 0;
    while (!is_free(block, order)) block += from_above_ ? -1 : 1;
    return block;
  }

  // Keeps the counts, whatever the frame was before.
  void set(FrameNumber block, unsigned order, FrameState state) {
    Frame& frame = frames_[block];
    if (frame.state == FrameState::Free) --counts_[frame.order];
    frame = {.order = static_cast<uint8_t>(order), .state = state};
    if (state == FrameState::Free) ++counts_[order];
  }

  // A block becomes free, then the pair that it belongs to if its other half is, and so on; no pair that begins before `lowest`.
  void give(FrameNumber block, unsigned order, Fault fault, FrameNumber lowest) {
    set(block, order, FrameState::Free);
    unsigned most = fault == Fault::NeverJoins ? order : fault == Fault::JoinsOnce ? order + 1 : Buddy::orders - 1;
    for (; order < most && order + 1 < Buddy::orders; ++order) {
      FrameNumber half = 1u << order, pair = block >> (order + 1) << (order + 1);
      if (fault == Fault::Neighbour && is_free(block + half, order)) pair = block;
      if (pair < lowest || !is_free(pair, order) || !is_free(pair + half, order)) return;
      if (fault != Fault::StaysFree) set(pair + half, order, FrameState::NoBlock);
      set(pair, order + 1, FrameState::Free);
      block = pair;
    }
  }

  Fault fault_;
  bool from_above_;
  Span<Frame> frames_;
  uint64_t counts_[Buddy::orders] = {};
};

enum class Kind : bool { Simple, Exercises };

struct Trial {
  TestRun* run = nullptr;
  uint64_t number = 0;
  Kind kind = Kind::Simple;
  SimpleBuddy simple{Fault::None, false};
  Buddy exercises;
  bool complained = false;

  void complain(std::string_view words) {
    run->seen("complaint", number, words);
    complained = true;
  }
};

constinit Trial trial;

// Stands in front of the allocator of the trial; always the same object, and with nothing in it.
class Front final : public BuddyUnderTest {
 public:
  void start(FrameNumber count) override {
    if (count < 1 || count > most_frames) panic("start: {} frames; 1 to {} may be", count, most_frames);
    for (Frame& frame : frames) frame = Frame{};
    trial.simple.start(Span(frames).subspan(0, count));
    trial.exercises = Buddy(Span(frames).subspan(0, count));
  }

  Result<> add(FrameNumber first, FrameNumber end) override {
    return simple() ? trial.simple.add(first, end) : trial.exercises.add(first, end);
  }
  Result<FrameNumber> allocate(unsigned order) override {
    return simple() ? trial.simple.allocate(order) : trial.exercises.allocate(order);
  }
  Result<> free(FrameNumber block) override {
    return simple() ? trial.simple.free(block) : trial.exercises.free(block);
  }

  uint64_t free_frames() const override {
    uint64_t sum = 0;
    for (unsigned order = 0; order < Buddy::orders; ++order) sum += free_blocks(order) << order;
    return sum;
  }
  uint64_t free_blocks(unsigned order) const override {
    if (order >= Buddy::orders) panic("free_blocks: there is no order {}", order);
    return simple() ? trial.simple.free_blocks(order) : trial.exercises.free_blocks(order);
  }

  void check(bool holds, std::string_view promise) override {
    if (!holds && !trial.complained) trial.complain(promise.empty() ? "(without words)" : promise.substr(0, 100));
  }

 private:
  static bool simple() { return trial.kind == Kind::Simple; }
};

constinit Front front;

void try_tests(const Trial& next) {
  trial = next;
  my_buddy_tests(front);
  if (!trial.complained) trial.complain("");
}

void tests_right(TestRun& run) {
  bool from_above = run.random().below(2) != 0;
  try_tests({.run = &run, .number = 0, .simple{Fault::None, from_above}});
  try_tests({.run = &run, .number = 1, .simple{Fault::None, !from_above}});
}

void tests_exercises(TestRun& run) { try_tests({.run = &run, .kind = Kind::Exercises}); }

template <Fault fault>
void tests_of(TestRun& run) {
  try_tests({.run = &run, .simple{fault, run.random().below(2) != 0}});
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.tests_right", tests_right},
    {"lab2.tests_exercises", tests_exercises},
    {"lab2.tests_last_frame", tests_of<Fault::LastFrame>},
    {"lab2.tests_largest_first", tests_of<Fault::LargestFirst>},
    {"lab2.tests_rest_lost", tests_of<Fault::RestLost>},
    {"lab2.tests_never_joins", tests_of<Fault::NeverJoins>},
    {"lab2.tests_joins_once", tests_of<Fault::JoinsOnce>},
    {"lab2.tests_neighbour", tests_of<Fault::Neighbour>},
    {"lab2.tests_twice", tests_of<Fault::Twice>},
    {"lab2.tests_stays_free", tests_of<Fault::StaysFree>},
};

}  // namespace
}  // namespace strata
