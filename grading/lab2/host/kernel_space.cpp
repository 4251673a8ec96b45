// What address spaces need of a machine, where there is none: nobody uses their tables.
#include "mm/kernel_space.hpp"

#include "mm/address_space.hpp"

namespace strata {

namespace {

constinit PageTables space;
constinit NoTlb tlb;

}  // namespace

Result<> build_kernel_space() {
  if (space.root() == Pa{0}) space = PageTables(frame_tables(), TRY(frame_tables().allocate()));
  return {};
}

PageTables& kernel_space() { return space; }
Tlb& machine_tlb() { return tlb; }
void AddressSpace::leave() { current_space = nullptr; }

}  // namespace strata
