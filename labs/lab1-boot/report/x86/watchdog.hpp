// The deadline of a graded run, in guest time: QEMU's ib700 watchdog stops the machine when it is not rearmed in
// time, whether the CPU spins or halts, and leaves it for the host to look at. Arming it again starts a new deadline.
#pragma once

namespace strata::watchdog {

// The machine stops two seconds of guest time from now.
void arm();

}  // namespace strata::watchdog
