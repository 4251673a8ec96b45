// The reference's page tables against a std::map of their smallest pages, for whatever format is compiled in: each table is memory
// of its own, which the sanitizer watches.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <vector>

#include "debug/panic.hpp"
#include "mm/page_tables.hpp"

namespace strata {

void panic_arguments(std::string_view format, Span<const PrintArgument>) {
  std::fprintf(stderr, "panic: %.*s\n", static_cast<int>(format.size()), format.data());
  std::abort();
}
void span_out_of_range(size_t, size_t) { std::abort(); }

namespace {

constexpr uint64_t page = bytes_at(1), large = bytes_at(2);

class Tables final : public TableStore {
 public:
  Result<Pa> allocate() override {
    if (left == 0) return Error::OutOfMemory;
    --left;
    last_ = last_ + page;
    tables_[last_].entries = std::vector<uint64_t>(1u << Format::index_bits);
    return last_;
  }
  void free(Pa table) override { ASSERT_EQ(tables_.erase(table), 1u); }
  uint64_t* entries(Pa table) override { return tables_.at(table).entries.data(); }
  uint16_t& used_entries(Pa table) override { return tables_.at(table).used; }
  size_t count() const { return tables_.size(); }

  size_t left = SIZE_MAX;  // allocations

 private:
  struct Table {
    std::vector<uint64_t> entries;
    uint16_t used = 0;
  };
  std::map<Pa, Table> tables_;
  Pa last_{page};
};

struct Page {
  Pa pa;
  PageAttributes attributes;
};

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {}

  void step() {
    Va va{window + below(3 * large / page) * page};
    uint64_t bytes = (1 + below(below(2) == 0 ? 8 : 2 * large / page)) * page;
    if (below(3) == 0) va = Va{align_down(va.value, large)}, bytes = align_up(bytes, large);
    store_.left = below(3) == 0 ? below(3) : SIZE_MAX;
    size_t tables = store_.count();
    auto what = below(4);
    Result<> outcome = act(what, va, bytes);
    if (what == 0 && !outcome.ok()) {
      EXPECT_EQ(store_.count(), tables);
    }
    for (Va edge : {va, va + bytes}) {
      for (uint64_t i = 0; i < 4; ++i) check(edge + i * page), check(Va{edge.value - i * page});
    }
    for (int i = 0; i < 50; ++i) check(Va{window + below(5 * large / page) * page});
  }

  // Unmaps everything: only the root is left.
  void end() {
    for (Va va{window}; va.value < window + 5 * large; va = va + page) check(va);
    TlbFlush flush(nobody_);
    EXPECT_TRUE(tables_.unmap(Va{window}, 6 * large, flush).ok());
    flush.commit();
    EXPECT_EQ(store_.count(), 1u);
  }

 private:
  static constexpr uint64_t window = bytes_at(Format::levels) * 3;

  uint64_t below(uint64_t bound) { return random_() % bound; }
  bool any(Va va, uint64_t bytes) { return pages_.lower_bound(va) != pages_.lower_bound(va + bytes); }

  Result<> act(uint64_t what, Va va, uint64_t bytes) {
    PageAttributes attributes{{below(2) == 0, below(2) == 0, below(2) == 0}, false};
    Result<> outcome = what == 0 ? map(va, bytes, attributes) : what == 1 ? unmap(va, bytes) : Result<>{};
    if (what == 2) outcome = protect(va, bytes, attributes.perms);
    if (what == 3) outcome = tables_.split(va);
    EXPECT_TRUE(outcome.ok() || outcome.error() != Error::OutOfMemory || store_.left == 0);
    return outcome;
  }

  Result<> map(Va va, uint64_t bytes, PageAttributes attributes) {
    Pa pa{(below(1000) + 1) * large + (below(3) != 0 ? va.value % large : below(100) * page)};
    auto outcome = tables_.map_contiguous(va, pa, bytes, attributes);
    EXPECT_EQ(outcome.ok(), !any(va, bytes) && outcome.error() != Error::OutOfMemory);
    for (uint64_t done = 0; outcome.ok() && done < bytes; done += page) pages_[va + done] = {pa + done, attributes};
    return outcome;
  }

  // Only a range that cuts a large page may be refused.
  Result<> unmap(Va va, uint64_t bytes) {
    auto cuts = [this](Va at) {
      auto found = tables_.query(at);
      return found.ok() && found.value().va != at;
    };
    bool cut = cuts(va) || cuts(va + bytes);
    TlbFlush flush(nobody_);
    auto outcome = tables_.unmap(va, bytes, flush);
    flush.commit();
    EXPECT_EQ(outcome.error(), cut ? Error::InvalidArgument : Error::Success);
    if (outcome.ok()) pages_.erase(pages_.lower_bound(va), pages_.lower_bound(va + bytes));
    return outcome;
  }

  Result<> protect(Va va, uint64_t bytes, Perms perms) {
    TlbFlush flush(nobody_);
    auto outcome = tables_.update_flags(va, bytes, perms, flush);
    flush.commit();
    auto end = pages_.lower_bound(va + bytes);
    for (auto it = pages_.lower_bound(va); outcome.ok() && it != end; ++it) it->second.attributes.perms = perms;
    return outcome;
  }

  void check(Va va) {
    auto found = tables_.query(va);
    auto expected = pages_.find(va);
    ASSERT_EQ(found.error(), expected == pages_.end() ? Error::NotFound : Error::Success) << std::hex << va.value;
    if (!found.ok()) return;
    const Mapping& it = found.value();
    ASSERT_EQ((it.pa + (va - it.va)).value, expected->second.pa.value) << std::hex << va.value;
    ASSERT_TRUE(it.attributes == expected->second.attributes) << std::hex << va.value;
  }

  std::mt19937_64 random_;
  Tables store_;
  PageTables tables_{store_, store_.allocate().value_or(Pa{})};
  NoTlb nobody_;
  std::map<Va, Page> pages_;
};

TEST(PageTables, AreTheMap) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    Model model(seed);
    for (unsigned i = 0; i < 60; ++i) {
      model.step();
      if (testing::Test::HasFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
    model.end();
  }
}

}  // namespace
}  // namespace strata
