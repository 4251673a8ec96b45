#include "mm/page_map.hpp"

#include "mm/clear_frame.hpp"
#include "mm/frames.hpp"

namespace strata {

namespace {

Result<uint64_t*> make_node() {
  Pa frame = TRY(allocate_frames());
  auto* node = direct_map_as<uint64_t>(frame);
  clear_frame(node);
  return node;
}

}  // namespace

Result<> PageMap::create(uint64_t count) {
  root_ = TRY(make_node());
  count_ = count;
  height_ = 1;
  while (count > 1ull << (height_ * index_bits)) ++height_;
  return {};
}

// NOLINTNEXTLINE(misc-no-recursion): as deep as the map is high
void PageMap::free_nodes(uint64_t* node, unsigned height) {
  for (size_t i = 0; height > 1 && i < 1u << index_bits; ++i) {
    if (node[i] != 0) free_nodes(reinterpret_cast<uint64_t*>(node[i]), height - 1);
  }
  release_frame(Pa{reinterpret_cast<uint64_t>(node) - direct_map_base.value});
}

PageMap::~PageMap() {
  if (root_) free_nodes(root_, height_);
}

Result<uint64_t*> PageMap::make_nodes(uint64_t page) {
  uint64_t* node = root_;
  for (unsigned height = height_; height > 1; --height) {
    uint64_t& child = node[index(page, height)];
    if (child == 0) child = reinterpret_cast<uint64_t>(TRY(make_node()));
    node = reinterpret_cast<uint64_t*>(child);
  }
  return node;
}

uint64_t PageMap::next_present(uint64_t page) const {
  constexpr uint64_t node_pages = 1u << index_bits;
  for (; page < count_; ++page) {
    const uint64_t* node = node_of(page);
    if (!node) {
      page = align_down(page, node_pages) + node_pages - 1;
    } else if (node[index(page, 1)] != 0) {
      return page;
    }
  }
  return count_;
}

}  // namespace strata
