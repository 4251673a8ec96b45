// Exercises 2.5 to 2.7: mapping, unmapping and protecting ranges, over simulated tables. The host keeps a list of pages and
// knows which sizes the largest ones have that fit.
#include <iterator>

#include "paging_choice.hpp"
#include "simulated_tables.hpp"

namespace strata {

namespace {

// Tables of its own, and what a test says about them.
class Space {
 public:
  explicit Space(TestRun& run, size_t limit = SimulatedTables::most)
      : run_(run), store(run.random(), limit), tables(store, store.allocate().value_or(Pa{})) {}

  Result<> map(const Choice& it, uint64_t bits) {
    return tables.map_contiguous(it.va, it.pa, it.bytes, attributes(bits));
  }

  Result<> unmap(Va va, uint64_t bytes) {
    TlbFlush flush(tlb);
    auto outcome = tables.unmap(va, bytes, flush);
    flush.commit();
    return outcome;
  }

  Result<> protect(Va va, uint64_t bytes, uint64_t bits) {
    TlbFlush flush(tlb);
    auto outcome = tables.update_flags(va, bytes, attributes(bits).perms, flush);
    flush.commit();
    return outcome;
  }

  void map_some(Va base, uint64_t count) {
    for (uint64_t i = 0; i < count; ++i) {
      Choice choice = draw(run_.random(), base);
      (void)map(choice, 7 + 8 * run_.random().below(2));
    }
  }

  void observe(uint64_t index, Span<const Va> spots) {
    uint64_t total = 0;
    for (Va va : spots) {
      auto leaf = store.leaf(tables.root(), va);
      total = total * 31 + leaf.entry + (leaf.entry != 0 ? leaf.level : 0);
    }
    run_.seen("mapped", index, total);
    run_.seen("strays", index, store.strays());
  }

  void observe(uint64_t index, const Choice& it) {
    const Va spots[] = {{it.va.value - page},
                        it.va,
                        it.va + align_down(it.bytes / 2, page),
                        it.va + (it.bytes - page),
                        it.va + it.bytes};
    observe(index, spots);
  }

  void count(uint64_t index) { run_.seen("tables", index, store.count()); }

  uint64_t leaf(Va va) { return store.leaf(tables.root(), va).entry; }

 private:
  TestRun& run_;

 public:
  SimulatedTables store;
  SimulatedTlb tlb;
  PageTables tables;
};

// --- Exercise 2.5 -----------------------------------------------------------------------------------------------------

// A range as long as a page of `level`, where only the physical address would do for one.
Choice draw_shifted(Random& random, Va base, unsigned level) {
  return {base + size(level - 1) * (1 + random.below(511)), Pa{size(level) * random.below(1000)}, size(level)};
}

void map_sizes(TestRun& run) {
  for (uint64_t i = 0; i < 10; ++i) {
    Space space(run);
    Va base = draw_base(run.random());
    Choice choice = i < 8 ? draw(run.random(), base) : draw_shifted(run.random(), base, static_cast<unsigned>(i - 6));
    run.seen("outcome", i, space.map(choice, run.random().below(16)).error());
    space.observe(i, choice);
    space.count(i);
  }
}

void map_exists(TestRun& run) {
  Space space(run);
  Va base = draw_base(run.random());
  for (uint64_t i = 0; i < 14; ++i) {
    Choice choice = draw(run.random(), base);
    run.seen("outcome", i, space.map(choice, 1).error());
    space.observe(i, choice);
  }
}

void map_refused(TestRun& run) {
  Space space(run);
  uint64_t at = page * (1 + run.random().below(1000));
  struct Case {
    uint64_t va, pa, bytes;
  };
  Case cases[] = {{at, at, page},
                  {at + 8, at, page},
                  {at, at + 8, page},
                  {at, at, page + 8},
                  {at, at, 0},
                  {0x7fff'ffff'f000, at, page},
                  {0x7fff'ffff'f000, at, 2 * page},
                  {1ull << 47, at, page},
                  {~0ull - 4095, at, page},
                  {~0ull - 4095, at, 2 * page},
                  {at, at, ~0ull - 4095},
                  {0xffff'8000'0000'0000 - page, at, 2 * page}};
  run.random().shuffle(cases);
  for (uint64_t i = 0; i < std::size(cases); ++i) {
    run.seen("outcome", i, space.tables.map_contiguous(Va{cases[i].va}, Pa{cases[i].pa}, cases[i].bytes, {}).error());
    space.count(i);
  }
}

// Ranges that no function may take: an index that the seed chooses first.
template <typename Function>
void try_bad_ranges(TestRun& run, Function function) {
  Space space(run);
  TlbFlush nothing(space.tlb);  // a refused range adds nothing, so there is nothing to commit
  uint64_t at = page * (1 + run.random().below(1000));
  struct {
    uint64_t va, bytes;
  } ranges[] = {{at + 8, page},     {at, page + 8},           {at, 0},
                {1ull << 47, page}, {~0ull - 4095, 2 * page}, {at, ~0ull - 4095}};
  run.random().shuffle(ranges);
  for (uint64_t i = 0; i < std::size(ranges); ++i) {
    run.seen("outcome", i, function(space.tables, Va{ranges[i].va}, ranges[i].bytes, nothing).error());
    run.seen("bytes", i, ranges[i].bytes);
  }
}

void map_bad_ranges(TestRun& run) {
  try_bad_ranges(run,
                 [](auto& it, Va va, uint64_t bytes, auto&) { return it.map_contiguous(va, Pa{page}, bytes, {}); });
}
void unmap_bad_ranges(TestRun& run) {
  try_bad_ranges(run, [](auto& it, Va va, uint64_t bytes, auto& flush) { return it.unmap(va, bytes, flush); });
}
void protect_bad_ranges(TestRun& run) {
  try_bad_ranges(run,
                 [](auto& it, Va va, uint64_t bytes, auto& flush) { return it.update_flags(va, bytes, {}, flush); });
}

void map_out_of_memory(TestRun& run) {
  for (uint64_t i = 0; i < 8; ++i) {
    Space space(run, 1 + run.random().below(5));
    Choice choice = draw(run.random(), draw_base(run.random()));
    auto outcome = space.map(choice, 1);
    run.seen("outcome", i, outcome.error());
    if (!outcome.ok()) {
      space.observe(i, choice);
      space.count(i);
    }
    space.store.set_limit(SimulatedTables::most);
    run.seen("again", i, space.map(choice, 1).error());
    space.count(i);
  }
}

// --- Exercise 2.6 -----------------------------------------------------------------------------------------------------

void unmap_pages(TestRun& run) {
  Space space(run);
  Va base = draw_base(run.random());
  space.map_some(base, 6);
  for (uint64_t i = 0; i < 12; ++i) {
    Choice choice = draw(run.random(), base);
    run.seen("outcome", i, space.unmap(choice.va, choice.bytes).error());
    space.observe(i, choice);
  }
}

void unmap_tables(TestRun& run) {
  Space space(run);
  Va base = draw_base(run.random());
  space.map_some(base, 6);
  space.count(0);
  for (uint64_t i = 1; i < 9; ++i) {
    Choice choice = draw(run.random(), base);
    (void)space.unmap(choice.va, choice.bytes);
    space.count(i);
  }
  run.seen("everything", 0, space.unmap(base, window).error());
  space.count(9);
}

// Ranges that cut a large page at either end, or at both, and then the page itself.
void unmap_cut(TestRun& run) {
  for (uint64_t i = 0; i < 6; ++i) {
    Space space(run);
    Va base = draw_base(run.random());
    auto level = static_cast<unsigned>(2 + i % 2);
    run.seen("mapped", i, space.map({base, Pa{size(3)}, size(level)}, 1).error());
    uint64_t inside = page * (1 + run.random().below(size(level) / page - 2));
    run.seen("begin", i, space.unmap(base + inside, size(level)).error());
    run.seen("end", i, space.unmap(Va{base.value - page}, page + inside).error());
    run.seen("both", i, space.unmap(base + inside, page).error());
    run.seen("kept", i, space.leaf(base) & 0x000f'ffff'ffff'f000);
    run.seen("whole", i, space.unmap(base, size(level)).error());
    run.seen("leaf", i, space.leaf(base));
  }
}

// Some of several pages are unmapped, so that no table becomes empty: the TLB must hear of each.
void unmap_flush(TestRun& run) {
  for (uint64_t i = 0; i < 9; ++i) {
    Space space(run);
    Va base = draw_base(run.random());
    uint64_t bytes = size(static_cast<unsigned>(1 + i % 3)), first = 1 + run.random().below(6),
             count = 1 + run.random().below(6);
    run.seen("mapped", i, space.map({base, Pa{0}, 16 * bytes}, 1).error());
    run.seen("outcome", i, space.unmap(base + first * bytes, count * bytes).error());
    uint64_t told = 0;
    for (uint64_t n = 0; n < 16; ++n) told += space.tlb.knows(base + n * bytes, bytes);
    run.seen("told_of", i, told);
  }
}

// Tables without anything in them, as a create() leaves them that ran out of memory.
void unmap_leftovers(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    Space space(run);
    uint64_t low = run.random().next() & 0x7fff'ffff'ffff;
    Va va{run.random().below(2) == 0 ? low : low | 0xffff'8000'0000'0000};
    Cursor at = space.tables.cursor();
    run.seen("made", i, at.create(va, static_cast<unsigned>(1 + run.random().below(3))).error());
    space.count(i);
    run.seen("outcome", i, space.unmap(Va{align_down(va.value, page)}, page).error());
    run.seen("left", i, space.store.count());
  }
}

// --- Exercise 2.7 -----------------------------------------------------------------------------------------------------

void split_pages(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    Space space(run);
    Va base = draw_base(run.random());
    space.map_some(base, 3);
    uint64_t offset = run.random().below(window);
    Va va = base + align_down(offset, size(static_cast<unsigned>(1 + run.random().below(3))));
    run.seen("outcome", i, space.tables.split(va).error());
    const Va spots[] = {
        {va.value - page}, va, va + page, {align_down(va.value, size(2))}, {align_down(va.value, size(3))}};
    space.observe(i, spots);
    space.count(i);
    run.seen("all_unmapped", i, space.unmap(base, window).error());
    space.count(i);
  }
}

// A page of 1 GiB is to be cut in its first 2 MiB, with too little memory for the tables: 0, then 1, then enough.
void split_out_of_memory(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    Space space(run);
    Va base = draw_base(run.random());
    Va va = base + page * (1 + run.random().below(511));
    run.seen("mapped", i, space.map({base, Pa{size(3)}, size(3)}, 1).error());
    space.store.watch_links();
    space.store.set_limit(2);
    run.seen("outcome", i, space.tables.split(va).error());
    run.seen("leaf", i, space.leaf(va));
    space.store.set_limit(3);
    run.seen("one_more", i, space.tables.split(va).error());
    run.seen("first", i, space.leaf(va) & 0x000f'ffff'ffff'f000);
    space.store.set_limit(4);
    run.seen("two_more", i, space.tables.split(va).error());
    run.seen("level", i, space.store.leaf(space.tables.root(), va).level);
    run.seen("strays", i, space.store.strays());
    run.seen("linked_empty", i, space.store.linked_empty());
  }
}

void protect_ranges(TestRun& run) {
  Space space(run);
  Va base = draw_base(run.random());
  space.map_some(base, 5);
  for (uint64_t i = 0; i < 10; ++i) {
    Choice choice = draw(run.random(), base);
    run.seen("outcome", i, space.protect(choice.va, choice.bytes, run.random().below(8)).error());
    space.observe(i, choice);
    space.count(i);
  }
}

// Two pages with a hole between them, in one table or far apart.
void protect_holes(TestRun& run) {
  for (uint64_t i = 0; i < 6; ++i) {
    Space space(run);
    Va base = draw_base(run.random());
    Va far = base + page * (2 + run.random().below(i % 2 == 0 ? 500 : 300'000));
    run.seen("mapped", i, space.map({base, Pa{page}, page}, 1).error());
    run.seen("mapped", i, space.map({far, Pa{page}, page}, 1).error());
    run.seen("outcome", i, space.protect(base, far - base + page, 0).error());
    for (Va va : {base, far}) run.seen("writable", i, space.leaf(va) >> 1 & 1);
    run.seen("between", i, space.leaf(base + page));
  }
}

// The TLB need hear only of pages that lost a right.
void protect_flush(TestRun& run) {
  for (uint64_t i = 0; i < 8; ++i) {
    Space space(run);
    Va base = draw_base(run.random());
    Va va = base + page * run.random().below(400);
    uint64_t pages = 1 + run.random().below(8), before = run.random().below(8), after = run.random().below(8);
    (void)space.map({va, Pa{page}, pages * page}, before);
    run.seen("outcome", i, space.protect(va, pages * page, after).error());
    uint64_t told = 0;
    for (uint64_t n = 0; n < pages; ++n) told += space.tlb.knows(va + n * page, page);
    run.seen("told_of", i, told);
  }
}

// The end of the range cannot be split off: nothing may have become read-only.
void protect_out_of_memory(TestRun& run) {
  for (uint64_t i = 0; i < 4; ++i) {
    Space space(run);
    Va base = draw_base(run.random());
    run.seen("mapped", i, space.map({base, Pa{0}, 2 * size(2)}, 1).error());
    Va va = base + page * (1 + run.random().below(511));
    space.store.set_limit(space.store.count() + 1);
    run.seen("outcome", i, space.protect(va, size(2), 0).error());
    for (Va spot : {base, va, base + size(2)}) run.seen("writable", i, space.leaf(spot) >> 1 & 1);
    space.store.set_limit(SimulatedTables::most);
    run.seen("again", i, space.protect(va, page, 0).error());
    run.seen("writable", i, space.leaf(va) >> 1 & 1);
  }
}

// --- The ends of the address space ------------------------------------------------------------------------------------

// Ranges up to the last address of a half, behind which is none: one is mapped, and a part of it changed.
template <typename Function>
void try_ends(TestRun& run, Function change) {
  Random& random = run.random();
  for (uint64_t i = 0; i < 10; ++i) {
    Space space(run);
    uint64_t unit = size(static_cast<unsigned>(1 + random.below(3)));
    uint64_t bytes = unit * (1 + random.below(3));
    Choice all{Va{(i % 2 == 0 ? 1ull << 47 : 0) - bytes}, Pa{align_down(random.below(1ull << 40), unit)}, bytes};
    run.seen("outcome", i, space.map(all, 3).error());
    uint64_t kept = page * random.below(bytes / page);
    kept = align_down(kept, size(static_cast<unsigned>(1 + random.below(3))));
    Choice rest{all.va + kept, all.pa + kept, bytes - kept};
    run.seen("changed", i, change(space, rest).error());
    space.observe(i, rest);
    space.count(i);
  }
}

void map_ends(TestRun& run) {
  try_ends(run, [](Space& space, const Choice& rest) { return space.map(rest, 1); });
}
void unmap_ends(TestRun& run) {
  try_ends(run, [](Space& space, const Choice& rest) { return space.unmap(rest.va, rest.bytes); });
}
void protect_ends(TestRun& run) {
  try_ends(run, [](Space& space, const Choice& rest) { return space.protect(rest.va, rest.bytes, 4); });
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.map_sizes", map_sizes},
    {"lab2.map_exists", map_exists},
    {"lab2.map_refused", map_refused},
    {"lab2.map_bad_ranges", map_bad_ranges},
    {"lab2.map_out_of_memory", map_out_of_memory},
    {"lab2.unmap_pages", unmap_pages},
    {"lab2.unmap_tables", unmap_tables},
    {"lab2.unmap_cut", unmap_cut},
    {"lab2.unmap_flush", unmap_flush},
    {"lab2.unmap_leftovers", unmap_leftovers},
    {"lab2.unmap_bad_ranges", unmap_bad_ranges},
    {"lab2.split_pages", split_pages},
    {"lab2.split_out_of_memory", split_out_of_memory},
    {"lab2.protect_ranges", protect_ranges},
    {"lab2.protect_holes", protect_holes},
    {"lab2.protect_flush", protect_flush},
    {"lab2.protect_bad_ranges", protect_bad_ranges},
    {"lab2.protect_out_of_memory", protect_out_of_memory},
    {"lab2.map_ends", map_ends},
    {"lab2.unmap_ends", unmap_ends},
    {"lab2.protect_ends", protect_ends},
};

}  // namespace
}  // namespace strata
