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

Result<> map_image(PageTables& tables, const char* start, const char* end, Perms perms) {
  Va va{reinterpret_cast<uint64_t>(start)};
  uint64_t bytes = align_up(static_cast<uint64_t>(end - start), frame_size);
  return tables.map_contiguous(va, Pa{va - kernel_image_base}, bytes, {perms});
}

Result<> map_kernel(PageTables& tables) {
  TRY(map_image(tables, kernel_text_start, kernel_text_end, {.execute = true}));
  TRY(map_image(tables, kernel_rodata_start, kernel_rodata_end, {}));
  TRY(map_image(tables, kernel_data_start, boot_stack_guard, {.write = true}));
  TRY(map_image(tables, boot_stack_guard + frame_size, kernel_end, {.write = true}));
  return tables.map_contiguous(direct_map_base, Pa{0}, direct_map_gib() * bytes_of(PageSize::Size1G),
                               {{.write = true}});
}

}  // namespace

Result<> build_kernel_space() {
  if (space.root() != Pa{0}) return {};
  PageTables tables(frame_tables(), TRY(frame_tables().allocate()));
  TRY(map_kernel(tables));
  space = tables;
  load_root_table(space.root());
  return {};
}

Result<> start_kernel_space() {
  TRY(build_kernel_space());
  TextBuffer<32> protection;
  enable_protection(protection);
  log("[W^X] cr3 {:x}: text r-x, constants r--, data rw-, direct map rw-;{}\n", space.root().value, protection.text());
  return {};
}

PageTables& kernel_space() { return space; }
Tlb& machine_tlb() { return tlb; }

}  // namespace strata
