#include "mm/kernel_space.hpp"

#include "boot/kernel_tables.hpp"
#include "console/console.hpp"
#include "cpu/x86/control.hpp"
#include "lib/text_buffer.hpp"
#include "mm/frame.hpp"
#include "mm/x86/cpu_tlb.hpp"
#include "mm/x86/protection.hpp"

namespace strata {

extern "C" {
// The linker script's bounds of the image's parts, and the page below the boot stack.
extern const char kernel_text_start[], kernel_text_end[], kernel_rodata_start[], kernel_rodata_end[];
extern const char kernel_data_start[], kernel_end[], boot_stack_guard[];
}

namespace {

constinit PageTables space;
constinit CpuTlb tlb;

Va address_of(const void* object) { return {reinterpret_cast<uint64_t>(object)}; }

Result<> map_image(Va start, Va end, Perms perms) {
  uint64_t bytes = align_up(end.value, frame_size) - start.value;
  return space.map_contiguous(start, Pa{start - kernel_image_base}, bytes, {perms});
}

Result<> build() {
  space = PageTables(frame_tables(), TRY(frame_tables().allocate()));
  TRY(map_image(address_of(kernel_text_start), address_of(kernel_text_end), {.execute = true}));
  TRY(map_image(address_of(kernel_rodata_start), address_of(kernel_rodata_end), {}));
  TRY(map_image(address_of(kernel_data_start), address_of(boot_stack_guard), {.write = true}));
  TRY(map_image(address_of(boot_stack_guard) + frame_size, address_of(kernel_end), {.write = true}));
  return space.map_contiguous(direct_map_base, Pa{0}, direct_map_gib() * bytes_of(PageSize::Size1G), {{.write = true}});
}

}  // namespace

Result<> start_kernel_space() {
  TRY(build());
  load_root_table(space.root());
  TextBuffer<32> protection;
  enable_protection(protection);
  log("[W^X] cr3 {:x}: text r-x, constants r--, data rw-, direct map rw-;{}\n", space.root().value,
      protection.text());
  return {};
}

PageTables& kernel_space() { return space; }
Tlb& machine_tlb() { return tlb; }

}  // namespace strata
