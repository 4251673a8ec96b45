// Exercise 1.4: the kernel's first page tables.
// Invariant: what is not asked for is not mapped; entries that are not written are 0, and that means "not present".
#include "boot/kernel_tables.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.4  An entry holds a *physical* address. Where does each of the tables lie, given where the first does?
Result<Pa> build_kernel_tables(const KernelLayout& layout, KernelTables& tables, Pa tables_pa) {
  (void)layout, (void)tables, (void)tables_pa;
  return unimplemented("1.4 build_kernel_tables");
}

}  // namespace strata
