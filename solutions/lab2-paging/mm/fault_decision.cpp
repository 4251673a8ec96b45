// Exercise 2.9: what to do about a page fault.
// Invariant: a frame that is Shared is never mapped writable, and nothing is allowed that the region forbids.
#include "mm/fault_decision.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 2.9  Reading a Shared page needs no copy. When is a page mapped read-only although its region may be written?
Result<FaultAnswer> decide_fault(const FaultQuestion& question) {
  //@ solution
  if (question.reserved_bit) return Error::Internal;
  if (!question.has_region) return Error::BadAddress;
  if ((question.write && !question.allowed.write) || (question.execute && !question.allowed.execute)) {
    return Error::PermissionDenied;
  }
  Perms perms = question.allowed;
  switch (question.page) {
    case PageState::Missing: return FaultAnswer{FaultAction::Fill, perms};
    case PageState::Private: return FaultAnswer{FaultAction::Map, perms};
    case PageState::Shared: break;
  }
  if (question.write) return FaultAnswer{FaultAction::Copy, perms};
  perms.write = false;
  return FaultAnswer{FaultAction::Map, perms};
  //@ skeleton
  // (void)question;
  // return unimplemented("2.9 decide_fault");
  //@ end
}

}  // namespace strata
