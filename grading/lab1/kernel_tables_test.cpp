// Exercise 1.4 on layouts drawn from the seed: what the tables translate, looked up the way the CPU would.
#include <iterator>

#include "boot/kernel_tables.hpp"
#include "report/tests.hpp"

namespace strata {

namespace {

constinit KernelTables storage[2];  // the second takes what a wrong index writes behind the first
constinit KernelTables* tables = storage;
constexpr uint64_t address_bits = 0x000f'ffff'ffff'f000;
constexpr uint64_t page = 4096;

struct Choice {
  KernelLayout layout;
  Pa tables_pa;
};

Choice draw(Random& random) {
  uint64_t first = random.below(100);
  uint64_t pages = 512 + random.below(1400);  // in two tables at least
  Choice choice;
  choice.layout.image_start = kernel_image_base + first * page;
  choice.layout.image_end = choice.layout.image_start + pages * page;
  choice.layout.guard_page = choice.layout.image_start + (1 + random.below(pages - 2)) * page;
  choice.layout.direct_map_gib = 1 + random.below(128);
  choice.tables_pa = Pa{(1 + random.below(1000)) * page};
  return choice;
}

// The table at physical address `pa`, if it is one of them.
const PageTable* table_at(uint64_t pa, Pa tables_pa) {
  uint64_t offset = pa - tables_pa.value;
  if (pa % page != 0 || offset >= sizeof(*tables)) return nullptr;
  return reinterpret_cast<const PageTable*>(reinterpret_cast<const char*>(tables) + offset);
}

// The entry that maps `va`, or 0; upper levels must hold nothing but a table's address and the two permitted bits.
uint64_t leaf_of(Va va, Pa root, Pa tables_pa) {
  uint64_t next = root.value;
  for (unsigned level = 4; level >= 1; --level) {
    const PageTable* table = table_at(next, tables_pa);
    if (!table) return 0;
    uint64_t entry = table->entries[va.value >> (12 + 9 * (level - 1)) & 511];
    if ((entry & entry_bit::present) == 0 || level == 1 || (entry & entry_bit::large_page) != 0) return entry;
    if ((entry & ~address_bits) != (entry_bit::present | entry_bit::writable)) return 0;
    next = entry & address_bits;
  }
  return 0;
}

uint64_t entries_in(const PageTable& table) {
  uint64_t count = 0;
  for (uint64_t entry : table.entries) count += entry != 0;
  return count;
}

Result<Pa> build(TestRun& run, uint64_t index, const Choice& choice) {
  tables = exactly(Span<KernelTables>(storage, 1)).data();
  for (PageTable& table : tables->image_pages) {
    for (uint64_t& entry : table.entries) entry = ~0ull;  // what stood there must go
  }
  auto root = build_kernel_tables(choice.layout, *tables, choice.tables_pa);
  run.seen("outcome", index, root.error());
  run.seen("root", index, root.value_or(Pa{}).value - choice.tables_pa.value);
  return root;
}

void tables_direct_map(TestRun& run) {
  for (uint64_t i = 0; i < 3; ++i) {
    Choice choice = draw(run.random());
    Pa root = build(run, i, choice).value_or(Pa{});
    for (uint64_t sample = 0; sample < 5; ++sample) {
      uint64_t gib = run.random().below(130);  // sometimes behind the end
      run.seen("leaf", i, leaf_of(direct_map_base + (gib << 30) + 0x1000, root, choice.tables_pa));
    }
  }
}

void tables_image(TestRun& run) {
  for (uint64_t i = 0; i < 3; ++i) {
    Choice choice = draw(run.random());
    Pa root = build(run, i, choice).value_or(Pa{});
    Va start = choice.layout.image_start, end = choice.layout.image_end;
    for (Va va : {start, end + ~(page - 1), end, choice.layout.guard_page, choice.layout.guard_page + page}) {
      run.seen("leaf", i, leaf_of(va, root, choice.tables_pa));
    }
    Va inside = start + run.random().below((end - start) / page) * page;
    run.seen("leaf", i, leaf_of(inside, root, choice.tables_pa));
  }
}

void tables_nothing_else(TestRun& run) {
  Choice choice = draw(run.random());
  Pa root = build(run, 0, choice).value_or(Pa{});
  run.seen("root_entries", 0, entries_in(tables->root));
  run.seen("high_entries", 0, entries_in(tables->high));
  run.seen("directory_entries", 0, entries_in(tables->image_directory));
  uint64_t pages = 0;
  for (const PageTable& table : tables->image_pages) pages += entries_in(table);
  run.seen("page_entries", 0, pages);
  run.seen("null", 0, leaf_of(Va{0}, root, choice.tables_pa));
  run.seen("low", 0, leaf_of(Va{0x10'0000}, root, choice.tables_pa));
}

// Five layouts that are wrong in one way each, and one as often that just fits, in an order that the seed chooses.
void tables_bad_layout(TestRun& run) {
  Choice good = draw(run.random());
  good.layout.image_end = kernel_image_base + (8u << 20);
  Choice bad[5] = {good, good, good, good, good};
  bad[0].layout.direct_map_gib = 0;
  bad[1].layout.direct_map_gib = 129 + run.random().below(1000);
  bad[2].layout.image_start = Va{kernel_image_base.value - page};
  bad[3].layout.image_end = good.layout.image_end + page;
  bad[4].layout.image_end = Va{good.layout.image_start.value - page};
  uint64_t order[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  run.random().shuffle(order);
  for (uint64_t i = 0; i < std::size(order); ++i) {
    const Choice& chosen = order[i] < std::size(bad) ? bad[order[i]] : good;
    run.seen("outcome", i, build_kernel_tables(chosen.layout, *tables, chosen.tables_pa).error());
  }
}

// The host walks the tables that boot has switched to, from CR3. They are in use: only others may be built now.
void paging_witness(TestRun& run) {
  (void)build(run, 0, draw(run.random()));
  witness_point();
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab1.tables_direct_map", tables_direct_map},     {"lab1.tables_image", tables_image},
    {"lab1.tables_nothing_else", tables_nothing_else}, {"lab1.tables_bad_layout", tables_bad_layout},
    {"lab1.paging_witness", paging_witness},
};

}  // namespace
}  // namespace strata
