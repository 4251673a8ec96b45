// Exercise 1.8: why did it fault?
#include "cpu/explain_fault.hpp"

#include "cpu/trap.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.8  vectors.def is an X-macro: define VECTOR, include it, and each line becomes what you defined.
Result<> explain_fault(Sink& out, const TrapFrame& frame, uint64_t cr2) {
  (void)out, (void)frame, (void)cr2;
  return unimplemented("1.8 explain_fault");
}

}  // namespace strata
