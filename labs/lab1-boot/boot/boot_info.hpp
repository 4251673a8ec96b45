// What GRUB told this kernel at its start.
#pragma once

#include "boot/multiboot2.hpp"

namespace strata {

// Called once, by the entry, with what GRUB left in the registers. Panics when another loader was at work.
void set_boot_block(uint32_t magic, Pa start);

// The block as GRUB left it, valid until lab 2 gives its memory away.
Span<const uint8_t> boot_block();

// Parses the block and prints the memory map and the modules. Fails with what parse_boot_info says.
Result<> start_boot_info();

// Empty until start_boot_info() has succeeded.
const BootInfo& boot_info();

}  // namespace strata
