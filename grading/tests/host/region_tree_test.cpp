// Lab 2's region tree against a std::map that is given the same regions.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <memory>
#include <random>

#include "mm/region_tree.hpp"
#include "mm/vmo.hpp"

namespace strata {

void Vmo::release() { FAIL() << "these regions show no Vmo"; }

namespace {

constexpr uint64_t page = 4096;

class Model {
 public:
  explicit Model(unsigned seed) : random_(seed) {}

  // A region of some pages, if none is in the way.
  void insert(uint64_t places) {
    Va start{below(places) * page};
    Va end = start + (1 + below(6)) * page;
    auto behind = behind_of(start);
    if (behind != regions_.end() && behind->second->start < end) return;
    auto region = std::make_unique<Region>();
    region->start = start;
    region->end = end;
    tree_.insert(*region);
    regions_.emplace(start, std::move(region));
  }

  void remove() {
    if (regions_.empty()) return;
    auto it = std::next(regions_.begin(), static_cast<long>(below(regions_.size())));
    tree_.remove(*it->second);
    regions_.erase(it);
  }

  void check(uint64_t places) {
    ASSERT_EQ(tree_.empty(), regions_.empty());
    Region* region = tree_.first();
    for (const auto& [start, expected] : regions_) {
      ASSERT_EQ(region, expected.get());
      region = tree_.next(*region);
    }
    ASSERT_EQ(region, nullptr);
    for (int i = 0; i < 8; ++i) {
      Va va{below(places * page)};
      auto behind = behind_of(va);
      Region* expected = behind == regions_.end() ? nullptr : behind->second.get();
      ASSERT_EQ(tree_.first_behind(va), expected);
      ASSERT_EQ(tree_.find(va), expected && expected->start <= va ? expected : nullptr);
    }
    check_balance();
  }

  size_t size() const { return regions_.size(); }

 private:
  uint64_t below(uint64_t bound) { return random_() % bound; }

  // The first region that ends behind `va`.
  auto behind_of(Va va) -> std::map<Va, std::unique_ptr<Region>>::iterator {
    auto it = regions_.upper_bound(va);
    if (it != regions_.begin() && std::prev(it)->second->end > va) --it;
    return it;
  }

  // Heights are right, siblings' differ by at most one, and so the tree is low.
  void check_balance() {
    int highest = 0;
    for (const auto& [start, region] : regions_) {
      int left = region->left ? region->left->height : 0, right = region->right ? region->right->height : 0;
      ASSERT_EQ(region->height, 1 + std::max(left, right));
      ASSERT_LE(std::abs(left - right), 1);
      highest = std::max(highest, region->height);
    }
    ASSERT_LE(highest, 1.45 * std::log2(static_cast<double>(regions_.size()) + 2));
  }

  std::mt19937_64 random_;
  RegionTree tree_;
  std::map<Va, std::unique_ptr<Region>> regions_;
};

TEST(RegionTree, IsTheMap) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    uint64_t places = seed % 2 == 0 ? 100 : 5000;
    Model model(seed);
    for (unsigned i = 0; i < 1500; ++i) {
      // Grows, shrinks, and is emptied.
      bool grows = i < 600 || (i / 100) % 2 == 0;
      (i + seed) % 4 == 0 || !grows ? model.remove() : model.insert(places);
      if (i % 5 == 0) model.check(places);
      if (HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
    while (model.size() != 0) model.remove();
    model.check(places);
  }
}

TEST(RegionTree, StaysLowWhateverTheOrder) {
  constexpr size_t count = 1000;
  for (bool downwards : {false, true}) {
    static Region regions[count];
    RegionTree tree;
    for (size_t i = 0; i < count; ++i) {
      Region& it = regions[downwards ? count - 1 - i : i];
      it.start = Va{(&it - regions) * page};
      it.end = it.start + page;
      tree.insert(it);
    }
    int highest = 0;
    for (const Region& it : regions) highest = std::max(highest, it.height);
    EXPECT_LE(highest, 14);  // 1.44 * log2(1002)
    for (Region& it : regions) tree.remove(it);
    EXPECT_TRUE(tree.empty());
  }
}

}  // namespace
}  // namespace strata
