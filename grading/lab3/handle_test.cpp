// Exercise 3.6: tables of handles to objects that count their references.
#include "mm/fault_injection.hpp"
#include "object/handle_table.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

template <ObjectType tag>
class Probe final : public ObjectOf<Probe<tag>, tag> {};
using ProbeOfPort = Probe<ObjectType::Port>;
using ProbeOfTimer = Probe<ObjectType::Timer>;

// Objects of two types; nobody has a handle to them yet.
struct Probes {
  Ref<ProbeOfPort> port;
  Ref<ProbeOfTimer> timer;

  Object& of(uint64_t which) const { return which == 0 ? static_cast<Object&>(*port) : static_cast<Object&>(*timer); }
};

Result<Probes> make_probes() {
  Probes it;
  it.port = TRY(make_object<ProbeOfPort>());
  it.timer = TRY(make_object<ProbeOfTimer>());
  return it;
}

uint64_t handle_or_0(const Result<uint32_t>& handle) { return handle.ok() ? handle.value() : 0; }

// Rights and object of what a table has at a handle.
uint64_t contents(const HandleTable& table, uint64_t handle, const Probes& probes) {
  auto slot = table.find(handle);
  if (!slot.ok()) return 0;
  return slot.value()->rights * 4 + (slot.value()->object == &probes.of(0) ? 1 : 2);
}

// Taken and given back at random over several pages: always the lowest one that is free.
void handles_lowest(TestRun& run) {
  auto probes = make_probes();
  if (!probes.ok()) return;
  HandleTable table;
  bool used[400] = {};
  uint64_t first = 100 + run.random().below(80);
  for (uint64_t i = 0; i < first; ++i) {
    uint64_t handle = handle_or_0(table.insert(*probes.value().port, right::read));
    if (handle < 400) used[handle] = true;
  }
  run.seen("used", 0, table.used());
  for (uint64_t i = 0; i < 120; ++i) {
    uint64_t handle = 1 + run.random().below(190);
    if (run.random().below(5) < 3) {
      if (!used[handle]) continue;
      run.seen("removed", handle, table.remove(handle).error());
      used[handle] = false;
    } else {
      uint64_t given = handle_or_0(table.insert(*probes.value().timer, right::write));
      run.seen("handle", i, given);
      if (given < 400) used[given] = true;
    }
  }
  run.seen("used", 1, table.used());
  run.seen("references", 0, probes.value().port->references() + probes.value().timer->references());
  table.clear();
  run.seen("references", 1, probes.value().port->references() + probes.value().timer->references());
}

// Everything that may be wrong with a handle, alone and together.
void handles_find(TestRun& run) {
  auto probes = make_probes();
  if (!probes.ok()) return;
  HandleTable table;
  uint32_t rights[10];
  for (uint64_t i = 1; i < 10; ++i) {
    rights[i] = static_cast<uint32_t>(run.random().below(16));
    run.seen("handle", i, handle_or_0(table.insert(probes.value().of(i % 2), rights[i])));
  }
  run.seen("removed", 4, table.remove(4).error());
  constexpr uint64_t bad[] = {0, 4, 10, 70, 65535, 65536, 1ull << 32 | 3, ~0ull};
  for (uint64_t i = 0; i < 8; ++i) run.seen("bad", i, table.find(bad[i]).error());
  constexpr ObjectType types[] = {ObjectType::None, ObjectType::Port, ObjectType::Timer};
  for (uint64_t i = 0; i < 40; ++i) {
    uint64_t handle = run.random().below(4) == 0 ? bad[run.random().below(8)] : 1 + run.random().below(9);
    ObjectType type = types[run.random().below(3)];
    auto wanted = static_cast<uint32_t>(run.random().below(3) == 0 ? 0 : run.random().below(16));
    auto found = table.find(handle, type, wanted);
    run.seen("outcome", i, found.error());
    if (found.ok()) run.seen("contents", i, contents(table, handle, probes.value()));
  }
}

// Copies of copies: no right comes back, and who is copied from is known, also when one of the line goes.
void handles_copies(TestRun& run) {
  auto probes = make_probes();
  if (!probes.ok()) return;
  HandleTable table;
  uint64_t handles[8] = {handle_or_0(table.insert(*probes.value().port, right::everything))};
  for (uint64_t i = 1; i < 8; ++i) {
    auto source = table.find(handles[run.random().below(i)]);
    auto rights = static_cast<uint32_t>(run.random().below(16) | run.random().below(16));
    if (run.random().below(2) == 0) rights |= close_on_exec;
    run.seen("source", i, source.error());
    if (!source.ok()) return;
    handles[i] = handle_or_0(table.insert_copy(*source.value(), rights));
    run.seen("handle", i, handles[i]);
  }
  for (uint64_t round = 0; round < 3; ++round) {
    for (uint64_t i = 1; i < 8; ++i) {
      auto slot = table.find(handles[i]);
      if (!slot.ok()) continue;
      run.seen("contents", i, contents(table, handles[i], probes.value()));
      run.seen("closes", i, slot.value()->close_on_exec);
      Slot* parent = parent_of(*slot.value());
      uint64_t of = 0;
      for (uint64_t handle : handles) {
        auto candidate = table.find(handle);
        if (candidate.ok() && candidate.value() == parent) of = handle;
      }
      run.seen("parent", i, of);
    }
    run.seen("removed", round, table.remove(handles[1 + run.random().below(7)]).error());
  }
  run.seen("references", 0, probes.value().port->references());
}

void handles_remove(TestRun& run) {
  auto probes = make_probes();
  if (!probes.ok()) return;
  HandleTable table;
  for (uint64_t i = 0; i < 20; ++i) (void)table.insert(*probes.value().port, right::all);
  uint64_t handle = 1 + run.random().below(20);
  run.seen("removed", 0, table.remove(handle).error());
  run.seen("references", 0, probes.value().port->references());
  run.seen("used", 0, table.used());
  uint64_t bad[] = {handle, 0, 21, 64, 65535, 65536, 1ull << 32 | (handle % 20 + 1), ~0ull};
  for (uint64_t i = 0; i < 8; ++i) run.seen("refused", i, table.remove(bad[i]).error());
  run.seen("found", 0, table.find(handle).error());
  run.seen("references", 1, probes.value().port->references());
  run.seen("used", 1, table.used());
}

// All 65,535 of them.
void handles_full(TestRun& run) {
  auto probes = make_probes();
  if (!probes.ok()) return;
  HandleTable table;
  Error outcome = Error::Success;
  uint64_t count = 0;
  while (outcome == Error::Success && count < 70'000) {
    outcome = table.insert(*probes.value().port, right::read).error();
    count += outcome == Error::Success;
  }
  run.seen("count", 0, count);
  run.seen("outcome", 0, outcome);
  run.seen("used", 0, table.used());
  run.seen("references", 0, probes.value().port->references());
  run.seen("last", 0, contents(table, 65535, probes.value()));
  uint64_t handle = 1 + run.random().below(65535);
  run.seen("removed", 0, table.remove(handle).error());
  run.seen("handle", 0, handle_or_0(table.insert(*probes.value().timer, right::read)));
  run.seen("outcome", 1, table.insert(*probes.value().timer, right::read).error());
}

bool allow_none(const void*) { return false; }

void handles_out_of_memory(TestRun& run) {
  auto probes = make_probes();
  if (!probes.ok()) return;
  Object& port = *probes.value().port;
  HandleTable table;
  uint64_t pages = 1 + run.random().below(3);
  for (uint64_t i = 0; i <= pages; ++i) {
    allocation_hook = allow_none;
    run.seen("outcome", i, table.insert(port, right::read).error());
    auto source = table.find(1);
    if (source.ok()) run.seen("copied", i, table.insert_copy(*source.value(), right::read).error());
    allocation_hook = nullptr;
    run.seen("used", i, table.used());
    run.seen("references", i, port.references());
    run.seen("handle", i, handle_or_0(table.insert(port, right::read)));
    while (table.used() % 64 != 63 && table.insert(port, right::read).ok()) continue;
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab3.handles_lowest", handles_lowest}, {"lab3.handles_find", handles_find},
    {"lab3.handles_copies", handles_copies}, {"lab3.handles_remove", handles_remove},
    {"lab3.handles_full", handles_full},     {"lab3.handles_out_of_memory", handles_out_of_memory},
};

}  // namespace
}  // namespace strata
