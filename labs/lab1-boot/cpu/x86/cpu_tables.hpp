// Loads what exercises 1.5 and 1.6 have filled in.
#pragma once

#include "cpu/x86/gdt.hpp"
#include "lib/result.hpp"

namespace strata {

// Loads GDT, TSS and segment registers. Fails with what fill_gdt says.
Result<> load_gdt();

// Loads a GDT that fill_gdt has filled, the kernel's code segment and the TSS; another CPU has its own from lab 3 on.
void use_gdt(const Gdt& gdt);

// Loads the IDT. Fails with what fill_idt says.
Result<> load_idt();

// Ok when a breakpoint comes back; the IDT is loaded and the breakpoint tried until that was seen once. No interrupt may
// be let in before.
Result<> check_traps();

// The same with lines in the boot log: [GDT] and [TSS], and [IDT].
Result<> start_gdt();
Result<> start_idt();

}  // namespace strata
