// Exercise 3.6: a long life of three tables, whose handles are copied to and fro while memory runs out. The host knows what every
// handle names, with which rights, and which other one it is a copy of.
#include "mm/fault_injection.hpp"
#include "mm/frames.hpp"
#include "object/handle_table.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constexpr uint64_t tables = 3, highest = 200;  // that is looked for

class Port final : public ObjectOf<Port, ObjectType::Port> {};
class Timer final : public ObjectOf<Timer, ObjectType::Timer> {};

constinit uint64_t allocations_left = 0;
bool allow_some(const void*) { return allocations_left != 0 && allocations_left-- != 0; }

class Life {
 public:
  Life(TestRun& run, Object& port, Object& timer) : run_(run), objects_{&port, &timer} {}

  void begin(uint64_t handles) {
    for (uint64_t i = 0; i < handles; ++i) run_.seen("first", i, number(tables_[0].insert(*objects_[0], right::all)));
  }

  void step(uint64_t index) {
    Random& random = run_.random();
    uint64_t what = random.below(8), from = random.below(tables), to = random.below(tables), handle = draw_handle();
    auto rights = static_cast<uint32_t>(random.below(16) | random.below(16));
    constexpr ObjectType types[] = {ObjectType::None, ObjectType::Port, ObjectType::Timer};
    allocations_left = random.below(3) == 0 ? random.below(2) : 1000;
    if (what < 2) {
      insert(index, [&] { return tables_[to].insert(*objects_[handle % 2], rights); });
    } else if (what < 4) {
      auto slot = tables_[from].find(handle);
      run_.seen("source", index, slot.error());
      if (slot.ok()) insert(index, [&] { return tables_[to].insert_copy(*slot.value(), rights); });
    } else if (what < 7) {
      run_.seen("removed", index, tables_[from].remove(handle).error());
    } else {
      run_.seen("found", index, tables_[from].find(handle, types[to], rights & 7).error());
    }
    if (index % 64 == 63) tables_[from].clear();
    for (uint64_t i = 0; i < 4; ++i) {
      uint64_t table = random.below(tables);
      say(table, 1 + random.below(140), index);
    }
    for (const HandleTable& table : tables_) run_.seen("used", index, table.used());
    for (const Object* object : objects_) run_.seen("references", index, object->references());
  }

 private:
  uint64_t draw_handle() {
    uint64_t handle = 1 + run_.random().below(140), what = run_.random().below(24);
    constexpr uint64_t strange[] = {1ull << 16, 1ull << 32, 1ull << 63, 0};
    return what < 3 ? handle | strange[what] : what == 3 ? 0 : handle;
  }

  template <typename Insert>
  void insert(uint64_t index, Insert insert) {
    allocation_hook = allow_some;
    Result<uint32_t> made = insert();
    allocation_hook = nullptr;
    run_.seen("outcome", index, made.error());
    run_.seen("handle", index, number(made));
  }

  static uint64_t number(const Result<uint32_t>& handle) { return handle.ok() ? handle.value() : 0; }

  void say(uint64_t table, uint64_t handle, uint64_t index) {
    auto slot = tables_[table].find(handle);
    if (!slot.ok()) return run_.seen("nothing", index, slot.error());
    run_.seen("object", index, slot.value()->object == objects_[0] ? 0u : 1u);
    run_.seen("rights", index, slot.value()->rights);
    run_.seen("copy_of", index, place_of(parent_of(*slot.value())));
  }

  // Table and handle; 0: nowhere.
  uint64_t place_of(const Slot* slot) const {
    for (uint64_t table = 0; slot && table < tables; ++table) {
      for (uint64_t handle = 1; handle < highest; ++handle) {
        auto candidate = tables_[table].find(handle);
        if (candidate.ok() && candidate.value() == slot) return table * 1000 + handle;
      }
    }
    return 0;
  }

  TestRun& run_;
  Object* objects_[2];
  HandleTable tables_[tables];
};

void handle_model(TestRun& run) {
  auto port = make_object<Port>();
  auto timer = make_object<Timer>();
  if (!port.ok() || !timer.ok()) return;
  uint64_t frames = free_frames();
  {
    Life life(run, *port.value(), *timer.value());
    life.begin(50 + run.random().below(80));
    for (uint64_t i = 0; i < 256; ++i) life.step(i);
  }
  run.seen("references", 256, port.value()->references() + timer.value()->references());
  run.seen("frames_lost", 256, frames - free_frames());
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {{"lab3.handle_model", handle_model}};

}  // namespace
}  // namespace strata
