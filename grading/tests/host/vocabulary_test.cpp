// The vocabulary of lab 1's lib/ on the host: what the kernel's other code takes for granted.
#include <gtest/gtest.h>

#include <cstdlib>

#include "lib/address.hpp"
#include "lib/fixed_vector.hpp"
#include "lib/list.hpp"
#include "lib/random.hpp"
#include "lib/ref.hpp"
#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

void span_out_of_range(size_t index, size_t size) {
  std::fprintf(stderr, "Span: index %zu of %zu\n", index, size);
  std::abort();
}

namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error::InvalidArgument;
  return number / 2;
}

Result<int> quarter(int number) {
  int once = TRY(half(number));
  return half(once);
}

Result<> check(int number) {
  (void)TRY(quarter(number));
  return {};
}

TEST(Result, HoldsAValueOrAnError) {
  EXPECT_EQ(quarter(12).value(), 3);
  EXPECT_EQ(quarter(6).error(), Error::InvalidArgument);
  EXPECT_EQ(quarter(6).value_or(-1), -1);
  EXPECT_TRUE(check(4).ok());
  EXPECT_EQ(check(5).error(), Error::InvalidArgument);
}

TEST(Error, HasItsNameAndItsNumber) {
  EXPECT_EQ(name_of(Error::Unimplemented), "Unimplemented");
  EXPECT_EQ(describe(Error::TableFull), "table full");
  EXPECT_EQ(static_cast<int>(Error::EndOfFile), -13);
  EXPECT_EQ(static_cast<int>(Error::Unimplemented), -98);
  EXPECT_EQ(name_of(static_cast<Error>(-77)), "?");
}

TEST(Address, AlignsAndOrders) {
  static_assert(align_up(0x1001, 0x1000) == 0x2000 && align_down(0x1fff, 0x1000) == 0x1000);
  static_assert(is_aligned(0x20'0000, bytes_of(PageSize::Size2M)) && !is_aligned(1, 2));
  static_assert(Pa{1} < Pa{2} && Pa{0x3000} - Pa{0x1000} == 0x2000);
  EXPECT_EQ(direct_map(Pa{0x1234}).value, 0xffff'ffc0'0000'1234u);
}

TEST(Span, KnowsItsBounds) {
  int numbers[] = {1, 2, 3};
  Span<int> span(numbers);
  Span<const int> constant = span;
  EXPECT_EQ(constant.subspan(1, 2)[1], 3);
  EXPECT_EQ(span.subspan(3, 0).size(), 0u);
  EXPECT_DEATH((void)span[3], "index 3 of 3");
  EXPECT_DEATH((void)span.subspan(1, 3), "Span");
  EXPECT_DEATH((void)span.subspan(2, SIZE_MAX), "Span");
}

TEST(FixedVector, RefusesWhatDoesNotFit) {
  FixedVector<int, 2> vector;
  EXPECT_TRUE(vector.push(1).ok());
  EXPECT_TRUE(vector.push(2).ok());
  EXPECT_EQ(vector.push(3).error(), Error::TableFull);
  EXPECT_EQ(vector.size(), 2u);
  vector.clear();
  EXPECT_EQ(vector.size(), 0u);
}

struct Node {
  int number = 0;
  ListLink<Node> link;
};
using Nodes = List<Node, &Node::link>;

TEST(List, AgreesWithASimpleModel) {
  Node nodes[8];
  Nodes list;
  std::vector<Node*> model;
  Random random(1);
  for (int step = 0; step < 10'000; ++step) {
    Node& node = nodes[random.below(8)];
    ASSERT_EQ(node.link.linked(), std::find(model.begin(), model.end(), &node) != model.end());
    if (node.link.linked()) {
      list.remove(node);
      model.erase(std::find(model.begin(), model.end(), &node));
    } else if (random.below(2) == 0) {
      list.push_back(node);
      model.push_back(&node);
    } else {
      list.push_front(node);
      model.insert(model.begin(), &node);
    }
    ASSERT_EQ(list.contains(node), node.link.linked());
    Node* at = list.front();
    for (Node* expected : model) {
      ASSERT_EQ(at, expected);
      at = Nodes::next(*at);
    }
    ASSERT_EQ(at, nullptr);
  }
  while (!model.empty()) {
    ASSERT_EQ(list.pop_front(), model.front());
    model.erase(model.begin());
  }
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.pop_front(), nullptr);
}

struct Counted {
  int references = 1;
  void retain() { ++references; }
  void release() { --references; }
};

TEST(Ref, CountsEveryCopyOnce) {
  Counted object;
  {
    auto first = Ref<Counted>::adopt(object);
    Ref<Counted> second = first;
    EXPECT_EQ(object.references, 2);
    Ref<Counted> third = std::move(second);
    EXPECT_EQ(object.references, 2);
    EXPECT_FALSE(second);
    third = third;
    EXPECT_EQ(object.references, 2);
    first = Ref<Counted>();
    EXPECT_EQ(object.references, 1);
    EXPECT_EQ(third->references, 1);
  }
  EXPECT_EQ(object.references, 0);
}

}  // namespace
}  // namespace strata
