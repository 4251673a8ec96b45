// Allocations that fail on purpose, so that tests can show that nothing is lost when memory runs out.
#pragma once

namespace strata {

// Asked before each allocation of frames or on the heap: may it succeed? `site` is the instruction behind the call that wants it.
// nullptr: memory decides.
using AllocationHook = bool (*)(const void* site);
extern AllocationHook allocation_hook;

}  // namespace strata
