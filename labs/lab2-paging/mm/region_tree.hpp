// The regions of an address space in the order of their addresses: a balanced search tree (AVL: Adelson-Velsky and Landis;
// Knuth vol. 3, 6.2.3) through the regions themselves, so that inserting cannot fail.
// Invariants: regions do not overlap; the heights of two siblings differ by at most one. Owns no region.
#pragma once

#include "mm/region.hpp"

namespace strata {

class RegionTree {
 public:
  // The region that contains `va`; nullptr if none does. O(log n), as all that follows.
  Region* find(Va va) const;

  // The first region that ends behind `va`; nullptr if none does.
  Region* first_behind(Va va) const;

  // The first one of all, and the one after `region`; nullptr at the end.
  Region* first() const { return first_behind(Va{0}); }
  Region* next(const Region& region) const { return first_behind(region.end); }

  // `region` overlaps none of those there.
  void insert(Region& region) { root_ = inserted(root_, region); }

  // `region` is in the tree.
  void remove(Region& region) { root_ = removed(root_, region); }

  bool empty() const { return root_ == nullptr; }

 private:
  static int height(const Region* tree) { return tree ? tree->height : 0; }
  static Region* inserted(Region* tree, Region& region);
  static Region* removed(Region* tree, Region& region);
  static Region* without_first(Region* tree, Region*& first);
  static Region* balanced(Region* tree);
  static Region* rotated_left(Region* tree);
  static Region* rotated_right(Region* tree);

  Region* root_ = nullptr;
};

}  // namespace strata
