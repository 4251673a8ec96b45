// Address spaces and the CPU: CR3, and page faults with their error code (Intel SDM vol. 3A, 4.7).
#include "console/console.hpp"
#include "cpu/trap.hpp"
#include "cpu/x86/control.hpp"
#include "debug/panic.hpp"
#include "mm/address_space.hpp"
#include "mm/kernel_space.hpp"

namespace strata {

namespace {

namespace fault_bit {
constexpr uint64_t write = 1u << 1;
constexpr uint64_t reserved = 1u << 3;
constexpr uint64_t fetch = 1u << 4;
}  // namespace fault_bit

void handle_page_fault(TrapFrame& frame) {
  Va va{read_cr2()};
  Access access{.write = (frame.error & fault_bit::write) != 0,
                .execute = (frame.error & fault_bit::fetch) != 0,
                .reserved_bit = (frame.error & fault_bit::reserved) != 0};
  if (!current_space || !current_space->resolve(va, access).ok()) panic_trap(frame, va.value);
}

}  // namespace

void AddressSpace::activate() {
  current_space = this;
  load_root_table(tables_.root());
}

void AddressSpace::leave() {
  current_space = nullptr;
  load_root_table(kernel_space().root());
}

Result<> start_page_faults() {
  set_trap_handler(vector::page_fault, handle_page_fault);
  log("[FAULT] page faults go to the address space in use\n");
  return {};
}

}  // namespace strata
