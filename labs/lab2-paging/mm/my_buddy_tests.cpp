// Challenge 2.14: tests of the buddy allocator.
// Invariant: whatever an allocator does that keeps its promises, nothing here complains.
#include "mm/my_buddy_tests.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 2.14  What would each mistake in 2.1 or 2.2 break, and in which situation would it show?
void my_buddy_tests(BuddyUnderTest& buddy) {
  (void)buddy;
  (void)unimplemented("2.14 my_buddy_tests");
}

}  // namespace strata
