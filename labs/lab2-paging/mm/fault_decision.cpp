// Exercise 2.9: what to do about a page fault.
// Invariant: a frame that is Shared is never mapped writable, and nothing is allowed that the region forbids.
#include "mm/fault_decision.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 2.9  Reading a Shared page needs no copy. When is a page mapped read-only although its region may be written?
Result<FaultAnswer> decide_fault(const FaultQuestion& question) {
  (void)question;
  return unimplemented("2.9 decide_fault");
}

}  // namespace strata
