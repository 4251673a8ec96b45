// A trap in words. Pure: nothing but the frame and CR2 is looked at.
#pragma once

#include <cstdint>

#include "cpu/x86/trap_frame.hpp"
#include "lib/print.hpp"
#include "lib/result.hpp"

namespace strata {

// Writes one line, without its end, to `out`:
//
//   #DE divide error                                      every exception: mnemonic and name (vectors.def)
//   #PF page fault: kernel write to 0000000000001000, page not present
//   #PF page fault: user fetch from 00007fffdeadb000, protection violation
//   #PF page fault: kernel read from ffffffc000000000, protection violation, reserved bit set
//   #GP general protection: selector 0030 in the GDT      also #TS, #NP, #SS, when the error code is not 0
//   #GP general protection: selector 0018 in the IDT, external event
//   #GP general protection: no selector                   the same with error code 0
//   vector 77                                             not an exception
//
// Error codes: Intel SDM vol. 3A, 4.7 (page faults) and 6.13 (selectors). A fetch is a fetch, whatever the write bit says.
// An address has 16 digits, a selector 4 with its three lowest bits 0; the table is the IDT, else the LDT, else the GDT.
Result<> explain_fault(Sink& out, const TrapFrame& frame, uint64_t cr2);

}  // namespace strata
