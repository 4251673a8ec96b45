// Stage 2: a kernel that gives memory away and maps it, page by page. What happens, in order.
#include "boot/step.hpp"
#include "console/console.hpp"
#include "mm/address_space.hpp"
#include "mm/demonstration.hpp"
#include "mm/frames.hpp"
#include "mm/kernel_space.hpp"

namespace strata {

extern "C" void start_lab1();

// Known to the linker as start_stage in the kernel of stage 2.
extern "C" void start_lab2() {
  start_lab1();
  log("[STRATA] stage 2: paging\n");
  step("FRAMES", start_frames());
  step("W^X", start_kernel_space());
  step("FAULT", start_page_faults());
  step("COW", show_copy_on_write());
}

}  // namespace strata
