// Exercise 2.8: what a TLB is told.
#include "report/tests.hpp"
#include "simulated_tables.hpp"

namespace strata {

namespace {

constexpr uint64_t page = 4096;

// Sees every flush in its order.
class WrittenDown final : public Tlb {
 public:
  void flush_page(Va va) override {
    ++pages_;
    sum_ += va.value * 2 + 1;
  }
  void flush_all() override { ++all_; }

  bool told_everything() const { return all_ != 0; }

  void report(TestRun& run, uint64_t index) {
    run.seen("pages", index, pages_);
    run.seen("sum", index, all_ != 0 ? 0 : sum_);
    run.seen("all", index, all_);
    pages_ = all_ = sum_ = 0;
  }

 private:
  uint64_t pages_ = 0, all_ = 0, sum_ = 0;
};

Va draw_va(Random& random) { return {random.below(1ull << 35) * page}; }

void flush_pages(TestRun& run) {
  WrittenDown tlb;
  TlbFlush flush(tlb);
  for (uint64_t i = 0; i < 6; ++i) {
    uint64_t ranges = run.random().below(4);
    for (uint64_t n = 0; n < ranges; ++n) {
      Va va = draw_va(run.random());
      flush.add(va, page * (1 + run.random().below(6)), page);
    }
    tlb.report(run, 2 * i);  // too early
    flush.commit();
    tlb.report(run, 2 * i + 1);
  }
}

void flush_large(TestRun& run) {
  WrittenDown tlb;
  TlbFlush flush(tlb);
  for (uint64_t i = 0; i < 4; ++i) {
    uint64_t size = i % 2 == 0 ? 1ull << 21 : 1ull << 30;
    uint64_t count = 1 + run.random().below(8);
    flush.add(Va{run.random().below(1000) * size}, count * size, size);
    flush.commit();
    tlb.report(run, i);
  }
}

// Up to the threshold by pages, beyond it everything; in one range and in several.
void flush_threshold(TestRun& run) {
  WrittenDown tlb;
  TlbFlush flush(tlb);
  for (uint64_t i = 0; i < 10; ++i) {
    uint64_t first = run.random().below(TlbFlush::most_pages), more = i % 2 == 0 ? 0 : 1 + run.random().below(4);
    Va va = draw_va(run.random());
    if (first != 0) flush.add(va, first * page, page);
    flush.add(draw_va(run.random()), (TlbFlush::most_pages - first + more) * page, page);
    flush.commit();
    tlb.report(run, i);
  }
  flush.add(Va{0}, 1ull << 46, page);
  flush.commit();
  tlb.report(run, 10);
}

// After everything, single pages again; and after nothing, nothing.
void flush_again(TestRun& run) {
  WrittenDown tlb;
  TlbFlush flush(tlb);
  for (uint64_t i = 0; i < 8; ++i) {
    uint64_t pages = run.random().below(3) == 0 ? 100 : 1 + run.random().below(10);
    flush.add(draw_va(run.random()), pages * page, page);
    if (run.random().below(2) == 0) flush.add(draw_va(run.random()), page, page);
    flush.commit();
    tlb.report(run, 2 * i);
    flush.commit();
    tlb.report(run, 2 * i + 1);
  }
}

// Writes down which tables come back, and whether that is too early.
class Returned final : public TableStore {
 public:
  explicit Returned(const WrittenDown& tlb) : tlb_(tlb) {}

  Result<Pa> allocate() override { return Error::NotSupported; }
  void free(Pa table) override {
    sum_ = sum_ * 31 + table.value;
    early_ += !tlb_.told_everything();
  }
  uint64_t* entries(Pa) override { return nullptr; }
  uint16_t& used_entries(Pa) override { return none_; }

  void report(TestRun& run, uint64_t index) {
    run.seen("returned", index, sum_);
    run.seen("too_early", index, early_);
    sum_ = 0;
  }

 private:
  const WrittenDown& tlb_;
  uint64_t sum_ = 0, early_ = 0;
  uint16_t none_ = 0;
};

// Pages and tables in any order, more than fit of both: tables come back behind the flush.
void flush_model(TestRun& run) {
  WrittenDown tlb;
  Returned store(tlb);
  TlbFlush flush(tlb);
  for (uint64_t i = 0; i < 200; ++i) {
    uint64_t what = run.random().below(i < 100 ? 8 : 40), pages = 1 + run.random().below(12);
    Va va = draw_va(run.random());
    if (what == 0) {
      flush.commit();
    } else if (what < 3) {
      flush.add(va, pages * page, page);
    } else if (i % 3 == 0) {
      flush.free_later(store, Pa{va.value});
    }
    tlb.report(run, i);
    store.report(run, i);
  }
  flush.commit();
}

[[gnu::used, gnu::retain, gnu::section("kernel_tests")]] const Test tests[] = {
    {"lab2.flush_pages", flush_pages}, {"lab2.flush_large", flush_large}, {"lab2.flush_threshold", flush_threshold},
    {"lab2.flush_again", flush_again}, {"lab2.flush_model", flush_model},
};

}  // namespace
}  // namespace strata
