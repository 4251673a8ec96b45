// What to do about a page fault: a pure decision. Who asks has looked everything up and carries out the answer.
// (Intel SDM vol. 3A, 4.7: the error code)
#pragma once

#include "lib/address.hpp"
#include "lib/result.hpp"
#include "mm/vmo.hpp"

namespace strata {

struct FaultQuestion {
  bool reserved_bit = false;  // an entry has a bit set that must not be: our tables are broken
  bool write = false;
  bool execute = false;
  bool has_region = false;
  Perms allowed;  // by the region
  PageState page = PageState::Missing;
};

enum class FaultAction : uint8_t {
  Fill,  // give the page a frame of zeros, then map it
  Copy,  // give the page a frame of its own, then map it
  Map,   // the page has its frame: map it
};

struct FaultAnswer {
  FaultAction action = FaultAction::Map;
  Perms perms;  // to map the page with: all that the region allows, but never writing to a Shared frame
};

// Exercise 2.9. Errors, looked for in this order:
// Internal: a reserved bit. BadAddress: no region. PermissionDenied: the region does not allow the access.
Result<FaultAnswer> decide_fault(const FaultQuestion& question);

}  // namespace strata
