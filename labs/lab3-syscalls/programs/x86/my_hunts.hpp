// Challenge 3.11: hunts for mistakes on the way into a kernel. Each looks for one, and says whether the kernel that it runs on has it.
#pragma once

#include "lib/result.hpp"

namespace strata {

// Each runs in a process of its own, which has the console as handles 1 to 3: sometimes on the kernel as it is, sometimes on the
// same one with the mistake that is described here and no other. Nothing tells which of the two it is but how it behaves.
//
// false: this kernel has not made the mistake; on one that is right that must be the answer, and the answer of 3.1 to 3.10, too.
// On a kernel that has made it anything else will do: true, an error, a fault that ends the process, no answer within a second. What
// becomes of the process's children is nobody's concern: they are ended with it.

// The frame of a call lacks one of rbx, rbp, r12 to r15, because C++ keeps them: who leaves at once, has it; who leaves by another
// way, after a wait or as a child, finds something else in it.
Result<bool> lost_register();

// sysretq is told the wrong bases: the program goes on with selectors that lead to other segments.
Result<bool> wrong_selectors();

// write() asks whether `from + size` is above the end of user space, and nothing else.
Result<bool> trusted_range();

// sysinfo() asks whether the page is there and the program's, and then writes to its frame, where the kernel may write to all.
Result<bool> trusted_page();

// All calls of all threads have one kernel stack. Who waits in the middle of the kernel, in yield(), has its frame there.
Result<bool> shared_stack();

// The direction flag stays as the program has it, and sysinfo() copies by `rep movsb`.
Result<bool> direction_flag();

}  // namespace strata
