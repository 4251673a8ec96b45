// What this lab's kernel can do, shown at boot in a few lines of the log; later labs use it for real.
#pragma once

#include "lib/result.hpp"

namespace strata {

// Two address spaces with the same 16 pages, one of which the second writes to. Prints [COW]. Fails with what the parts say.
Result<> show_copy_on_write();

}  // namespace strata
