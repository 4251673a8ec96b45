#include "mm/region_tree.hpp"

namespace strata {

namespace {

void update_height(Region& tree) {
  int left = tree.left ? tree.left->height : 0, right = tree.right ? tree.right->height : 0;
  tree.height = 1 + (left > right ? left : right);
}

}  // namespace

Region* RegionTree::find(Va va) const {
  Region* region = first_behind(va);
  return region && region->start <= va ? region : nullptr;
}

Region* RegionTree::first_behind(Va va) const {
  Region* best = nullptr;
  for (Region* at = root_; at;) {
    if (at->end > va) best = at;
    at = at->end > va ? at->left : at->right;
  }
  return best;
}

Region* RegionTree::rotated_left(Region* tree) {
  Region* top = tree->right;
  tree->right = top->left;  // NOLINT(clang-analyzer-core.NullDereference): the higher side is not empty
  top->left = tree;
  update_height(*tree);
  update_height(*top);
  return top;
}

Region* RegionTree::rotated_right(Region* tree) {
  Region* top = tree->left;
  tree->left = top->right;  // NOLINT(clang-analyzer-core.NullDereference): as above
  top->right = tree;
  update_height(*tree);
  update_height(*top);
  return top;
}

Region* RegionTree::balanced(Region* tree) {
  int lean = height(tree->left) - height(tree->right);
  if (lean > 1) {
    if (height(tree->left->left) < height(tree->left->right)) tree->left = rotated_left(tree->left);
    return rotated_right(tree);
  }
  if (lean < -1) {
    if (height(tree->right->right) < height(tree->right->left)) tree->right = rotated_right(tree->right);
    return rotated_left(tree);
  }
  update_height(*tree);
  return tree;
}

// NOLINTBEGIN(misc-no-recursion): as deep as the tree is high
Region* RegionTree::inserted(Region* tree, Region& region) {
  if (!tree) {
    region.left = region.right = nullptr;
    region.height = 1;
    return &region;
  }
  if (region.start < tree->start) {
    tree->left = inserted(tree->left, region);
  } else {
    tree->right = inserted(tree->right, region);
  }
  return balanced(tree);
}

// The tree without its first region, which is put into `first`.
Region* RegionTree::without_first(Region* tree, Region*& first) {
  if (!tree->left) {
    first = tree;
    return tree->right;
  }
  tree->left = without_first(tree->left, first);
  return balanced(tree);
}

Region* RegionTree::removed(Region* tree, Region& region) {
  if (tree == &region) {
    if (!tree->right) return tree->left;
    Region* top = nullptr;
    Region* right = without_first(tree->right, top);
    top->left = tree->left;
    top->right = right;
    return balanced(top);
  }
  if (region.start < tree->start) {
    tree->left = removed(tree->left, region);
  } else {
    tree->right = removed(tree->right, region);
  }
  return balanced(tree);
}
// NOLINTEND(misc-no-recursion)

}  // namespace strata
