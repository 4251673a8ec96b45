// Page tables: one page, and a GiB in pages of each size. Only tables are written; there need not be such memory.
#include "../measure.hpp"
#include "mm/frame.hpp"
#include "mm/kernel_space.hpp"
#include "report/x86/watchdog.hpp"

namespace strata {

namespace {

constexpr uint64_t gib = bytes_of(PageSize::Size1G);
constexpr Va start{gib};
constexpr PageAttributes attributes{{.write = true}};

Result<PageTables> make_tables() { return PageTables(frame_tables(), TRY(frame_tables().allocate())); }

Result<> unmap(PageTables& tables, Va va, uint64_t bytes) {
  TlbFlush flush(machine_tlb());
  auto outcome = tables.unmap(va, bytes, flush);
  flush.commit();
  return outcome;
}

Result<> map_and_unmap(PageTables& tables, Va va) {
  TRY(tables.map_contiguous(va, Pa{0}, frame_size, attributes));
  return unmap(tables, va, frame_size);
}

// The page before stays mapped, so tables are neither made nor freed.
void map_unmap_4k(TestRun& run) {
  Samples samples(run);
  auto made = make_tables();
  if (!made.ok()) return;
  PageTables& tables = made.value();
  if (!tables.map_contiguous(start, Pa{0}, frame_size, attributes).ok()) return;
  for (uint64_t i = 1; i < 64; ++i) samples.take([&] { (void)map_and_unmap(tables, start + i * frame_size); });
  (void)unmap(tables, start, frame_size);
  frame_tables().free(tables.root());
}

// A GiB of physical memory that begins at `pa`, so that larger pages do not fit.
void map_1g(TestRun& run, Pa pa) {
  Samples samples(run);
  auto made = make_tables();
  if (!made.ok()) return;
  PageTables& tables = made.value();
  for (int i = 0; i < 3; ++i) {
    watchdog::arm();
    Result<> outcome;
    samples.take([&] { outcome = tables.map_contiguous(start, pa, gib, attributes); });
    watchdog::arm();
    if (!outcome.ok() || !unmap(tables, start, gib).ok()) return;
  }
  frame_tables().free(tables.root());
}

void map_1g_by_4k(TestRun& run) { map_1g(run, Pa{bytes_of(PageSize::Size4K)}); }
void map_1g_by_2m(TestRun& run) { map_1g(run, Pa{bytes_of(PageSize::Size2M)}); }
void map_1g_by_1g(TestRun& run) { map_1g(run, Pa{gib}); }

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test benchmarks[] = {
    {"map_unmap_4k", map_unmap_4k},
    {"map_1g_by_4k", map_1g_by_4k},
    {"map_1g_by_2m", map_1g_by_2m},
    {"map_1g_by_1g", map_1g_by_1g},
};

}  // namespace
}  // namespace strata
