// Which frame holds which page of a Vmo: a radix tree of nodes of one frame each, as high as the number of pages demands.
// Invariant: a page that was never set reads as no frame. Owns its nodes, not the frames in it.
#pragma once

#include "lib/address.hpp"
#include "lib/result.hpp"

namespace strata {

class PageMap {
 public:
  PageMap() = default;
  PageMap(const PageMap&) = delete;
  PageMap& operator=(const PageMap&) = delete;
  ~PageMap();

  // Of pages 0 .. count - 1. OutOfMemory. Called once.
  Result<> create(uint64_t count);

  // The frame of a page; address 0 when there is none.
  Pa get(uint64_t page) const {
    const uint64_t* node = node_of(page);
    return {node ? node[index(page, 1)] : 0};
  }

  // OutOfMemory, but never for a page that has a frame.
  Result<> set(uint64_t page, Pa frame) {
    uint64_t* node = node_of(page);
    if (!node) node = TRY(make_nodes(page));
    node[index(page, 1)] = frame.value;
    return {};
  }

  // The first page from `page` on that has a frame; `count` when none has.
  uint64_t next_present(uint64_t page) const;

  uint64_t count() const { return count_; }

 private:
  static constexpr unsigned index_bits = 9;

  // In a node of this height.
  static constexpr size_t index(uint64_t page, unsigned height) {
    return page >> ((height - 1) * index_bits) & ((1u << index_bits) - 1);
  }

  // The lowest node on the way to the page; nullptr if there is none.
  uint64_t* node_of(uint64_t page) const {
    uint64_t* node = root_;
    for (unsigned height = height_; height > 1; --height) {
      if (!node) return nullptr;
      node = reinterpret_cast<uint64_t*>(node[index(page, height)]);
    }
    return node;
  }

  // As node_of(), and makes those that are missing on the way.
  Result<uint64_t*> make_nodes(uint64_t page);
  static void free_nodes(uint64_t* node, unsigned height);

  uint64_t count_ = 0;
  unsigned height_ = 0;  // 0: not created; 1: the root holds frames; above: nodes of the height below
  uint64_t* root_ = nullptr;
};

}  // namespace strata
