// Exercises 2.3 and 2.4: what entries say, and the way to one. The trees are planted by hand, bit by bit.
#include <iterator>

#include "mm/cursor.hpp"
#include "report/tests.hpp"
#include "simulated_tables.hpp"

namespace strata {

namespace {

constexpr uint64_t table_bits = 7;  // present, writable, user

uint64_t bytes_of_level(unsigned level) { return 1ull << (12 + 9 * (level - 1)); }

PageAttributes draw_attributes(Random& random) {
  uint64_t bits = random.below(16);
  return {{.write = (bits & 1) != 0, .execute = (bits & 2) != 0, .user = (bits & 4) != 0}, (bits & 8) != 0};
}

// A physical address for a page of this level, of up to 52 bits.
Pa draw_pa(Random& random, unsigned level) {
  return {align_down(random.next() >> (12 + random.below(20)), bytes_of_level(level))};
}

Va draw_va(Random& random) {
  uint64_t low = random.next() & 0x7fff'ffff'ffff;
  return {random.below(2) == 0 ? low : low | 0xffff'8000'0000'0000};
}

void entry_pages(TestRun& run) {
  for (uint64_t i = 0; i < 24; ++i) {
    auto level = static_cast<unsigned>(1 + i % 3);
    Pa pa = draw_pa(run.random(), level);
    auto entry = X86Format::page(pa, level, draw_attributes(run.random()));
    run.seen("outcome", i, entry.error());
    run.seen("entry", i, entry.value_or(0));
  }
}

void entry_tables(TestRun& run) {
  for (uint64_t i = 0; i < 8; ++i) {
    Pa pa = draw_pa(run.random(), 1);
    auto entry = X86Format::table(pa);
    run.seen("outcome", i, entry.error());
    run.seen("entry", i, entry.value_or(0));
  }
}

void entry_read(TestRun& run) {
  for (uint64_t i = 0; i < 48; ++i) {
    auto level = static_cast<unsigned>(1 + i % 4);
    uint64_t entry = run.random().next();
    if (i % 3 != 0) entry |= 1;
    bool page = X86Format::is_page(entry, level);
    run.seen("is_page", i, page);
    if ((entry & 1) == 0) continue;
    run.seen("address", i, X86Format::address(entry, level).value);
    PageAttributes it = X86Format::attributes(entry);
    run.seen("attributes", i, it.perms.write + 2u * it.perms.execute + 4u * it.perms.user + 8u * it.device);
  }
  run.seen("empty", 0, X86Format::is_page(0, 1));
}

void entry_refused(TestRun& run) {
  struct Case {
    uint64_t pa;
    unsigned level;
  };
  Case cases[] = {{0x1000, 1},      {0x1000, 0},    {0x80'0000'0000, 4}, {0x20'0000, 2}, {0x1000, 2},
                  {0x4000'0000, 3}, {0x20'0000, 3}, {1ull << 52, 1},     {0x800, 1},     {0x1000, 9}};
  run.random().shuffle(cases);
  for (uint64_t i = 0; i < std::size(cases); ++i) {
    run.seen("page", i, X86Format::page(Pa{cases[i].pa}, cases[i].level, {}).error());
    run.seen("table", i, X86Format::table(Pa{cases[i].pa}).error());
  }
}

// Tables from the root down to level `bottom`, for `va`. Returns the lowest one.
Pa plant_tables(SimulatedTables& store, Pa root, Va va, unsigned bottom) {
  Pa table = root;
  for (unsigned level = 4; level > bottom; --level) {
    Pa next = store.allocate().value_or(Pa{});
    store.plant(table, va, level, next.value | table_bits);
    table = next;
  }
  return table;
}

void report_cursor(TestRun& run, uint64_t index, const Cursor& at) {
  run.seen("level", index, at.level());
  run.seen("start", index, at.start().value);
  run.seen("bytes", index, at.end() - at.start());
  run.seen("entry", index, at.entry());
}

void walk_find(TestRun& run) {
  for (uint64_t i = 0; i < 12; ++i) {
    SimulatedTables store(run.random(), 8);
    Pa root = store.allocate().value_or(Pa{});
    Va va = draw_va(run.random());
    auto bottom = static_cast<unsigned>(1 + run.random().below(3));
    Pa table = plant_tables(store, root, va, bottom);
    Pa pa = draw_pa(run.random(), bottom);
    bool mapped = run.random().below(4) != 0;
    if (mapped) store.plant(table, va, bottom, pa.value | (bottom > 1 ? 0x83 : 3));
    Cursor at(store, root);
    run.seen("outcome", i, at.find(va).error());
    report_cursor(run, i, at);
    if (mapped) run.seen("pa", i, at.pa().value);
    run.seen("strays", i, store.strays());
  }
}

// One cursor that goes from place to place, and stops where it is told to.
void walk_stops(TestRun& run) {
  SimulatedTables store(run.random(), 32);
  Pa root = store.allocate().value_or(Pa{});
  Va places[6];
  for (uint64_t i = 0; i < std::size(places); ++i) {
    places[i] = Va{(i << 39) | (run.random().next() & 0x7f'ffff'ffff)};
    plant_tables(store, root, places[i], 1);
  }
  Cursor at(store, root);
  for (uint64_t i = 0; i < 16; ++i) {
    auto lowest = static_cast<unsigned>(1 + run.random().below(4));
    run.seen("outcome", i, at.find(places[run.random().below(6)], lowest).error());
    run.seen("level", i, at.level());
    run.seen("start", i, at.start().value);
    run.seen("present", i, at.entry() & 7);
  }
  run.seen("strays", 0, store.strays());
}

void walk_create(TestRun& run) {
  for (uint64_t i = 0; i < 10; ++i) {
    SimulatedTables store(run.random(), 8);
    Pa root = store.allocate().value_or(Pa{});
    Va va = draw_va(run.random());
    auto there = static_cast<unsigned>(1 + run.random().below(4));
    auto lowest = static_cast<unsigned>(1 + run.random().below(3));
    plant_tables(store, root, va, there);
    Cursor at(store, root);
    run.seen("outcome", i, at.create(va, lowest).error());
    run.seen("level", i, at.level());
    run.seen("tables", i, store.count());
    at.set(0x1003 | (lowest > 1 ? 0x80 : 0));
    run.seen("leaf_level", i, store.leaf(root, va).level);
    run.seen("leaf", i, store.leaf(root, va).entry);
    run.seen("in_root", i, store.used_entries(root));
    run.seen("strays", i, store.strays());
  }
}

// A larger page in the way; too few tables; both leave what was there.
void walk_blocked(TestRun& run) {
  for (uint64_t i = 0; i < 8; ++i) {
    SimulatedTables store(run.random(), 1 + run.random().below(3));
    Pa root = store.allocate().value_or(Pa{});
    Va va = draw_va(run.random());
    bool large = i % 2 == 0;
    uint64_t page = draw_pa(run.random(), 3).value | 0x83;
    if (large) {
      store.set_limit(8);
      store.plant(plant_tables(store, root, va, 3), va, 3, page);
    }
    Cursor at(store, root);
    run.seen("outcome", i, at.create(va, 1).error());
    run.seen("tables", i, store.count());
    run.seen("leaf", i, store.leaf(root, va).entry);
    run.seen("strays", i, store.strays());
  }
}

void walk_refused(TestRun& run) {
  SimulatedTables store(run.random(), 8);
  Pa root = store.allocate().value_or(Pa{});
  uint64_t bad = run.random().next() & 0x7fff'ffff'ffff;
  uint64_t addresses[] = {bad | 1ull << 47,
                          bad | 0x7fffull << 48,
                          bad | 1ull << 63,
                          bad,
                          0,
                          0x7fff'ffff'ffff,
                          0xffff'8000'0000'0000,
                          ~0ull};
  run.random().shuffle(addresses);
  for (uint64_t i = 0; i < std::size(addresses); ++i) {
    Cursor at(store, root);
    run.seen("find", i, at.find(Va{addresses[i]}).error());
    run.seen("level", i, at.find(Va{0}, i % 2 == 0 ? 0 : 5).error());
    run.seen("tables", i, store.count());
  }
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.entry_pages", entry_pages},     {"lab2.entry_tables", entry_tables}, {"lab2.entry_read", entry_read},
    {"lab2.entry_refused", entry_refused}, {"lab2.walk_find", walk_find},       {"lab2.walk_stops", walk_stops},
    {"lab2.walk_create", walk_create},     {"lab2.walk_blocked", walk_blocked}, {"lab2.walk_refused", walk_refused},
};

}  // namespace
}  // namespace strata
