// Exercise 3.9: fork.
// Invariant: until the last step, which cannot fail, nobody can see the child, and its owner takes everything back.
#include "debug/unimplemented.hpp"
#include "process/process.hpp"

namespace strata {

// EXERCISE 3.9  Neighbouring regions may show the same Vmo. What has to happen to the parent's pages?
Result<Owner<AddressSpace>> fork_space(const AddressSpace& space) {
  (void)space;
  return unimplemented("3.9 fork_space");
}

// EXERCISE 3.9  The child's frame is the parent's but for one register. Its FPU state is the one that the CPU has now.
Result<uint32_t> fork_process(Process& process, const TrapFrame& frame) {
  (void)process, (void)frame;
  return unimplemented("3.9 fork_process");
}

}  // namespace strata
