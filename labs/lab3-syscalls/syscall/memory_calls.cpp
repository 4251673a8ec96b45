// Calls about memory. A process is charged for what it maps, not for what it uses, so a limit is an error of mmap and not a fault later.
#include "mm/frame.hpp"
#include "object/vmo_object.hpp"
#include "process/process.hpp"
#include "syscall/syscall_table.hpp"

namespace strata {

namespace {

Process& caller() { return *current_thread().process; }

// Reading is always allowed; nothing may be written and executed.
Result<Perms> permissions(uint32_t rights) {
  if ((rights & ~right::all) != 0 || (rights & right::read) == 0) return Error::InvalidArgument;
  Perms perms{.write = (rights & right::write) != 0, .execute = (rights & right::execute) != 0, .user = true};
  if (perms.write && perms.execute) {
    // Who can make a program write can then not make it execute what was written.
    return Error::PermissionDenied;
  }
  return perms;
}

Result<uint64_t> whole_pages(uint64_t bytes) {
  constexpr uint64_t most = AddressSpace::end_of_space.value;
  if (bytes == 0 || bytes > most) return Error::InvalidArgument;
  return align_up(bytes, frame_size) / frame_size;
}

Result<> check_limit(uint64_t pages) {
  Process& process = caller();
  return pages <= process.page_limit - process.pages ? Result<>() : Error::OutOfMemory;
}

// How much of a range is in regions.
uint64_t mapped_pages(const AddressSpace& space, Va start, Va end) {
  uint64_t pages = 0;
  for (Va at = start; at < end;) {
    Region* region = space.first_region_behind(at);
    if (!region || region->start >= end) break;
    Va from = region->start > at ? region->start : at;
    Va to = region->end < end ? region->end : end;
    pages += (to - from) / frame_size;
    at = to;
  }
  return pages;
}

// Handle 0: zeros of the process's own. Else a Vmo, which is shared with everybody who maps it; its rights limit those of the mapping.
Result<Ref<Vmo>> memory_to_map(uint32_t handle, uint32_t rights, uint64_t pages) {
  if (handle == 0) return TRY(Vmo::create(pages));
  return TRY(caller().handles.get<VmoObject>(handle, rights))->vmo();
}

Result<uint64_t> sys_mmap(uint64_t address, uint64_t length, uint32_t rights, uint32_t flags, uint32_t handle,
                          uint64_t offset) {
  uint64_t pages = TRY(whole_pages(length));
  Perms perms = TRY(permissions(rights));
  if (flags != 0 || offset % frame_size != 0 || (handle == 0 && offset != 0)) return Error::InvalidArgument;
  TRY(check_limit(pages));
  Ref<Vmo> vmo = TRY(memory_to_map(handle, rights, pages));
  Va at = TRY(caller().space->map(Va{address}, pages, perms, vmo, offset / frame_size));
  caller().pages += pages;
  return at.value;
}

Result<uint64_t> sys_munmap(uint64_t address, uint64_t length) {
  uint64_t pages = TRY(whole_pages(length));
  AddressSpace& space = *caller().space;
  uint64_t mapped = 0;
  if (address < AddressSpace::end_of_space.value)
    mapped = mapped_pages(space, Va{address}, Va{address} + pages * frame_size);
  TRY(space.unmap(Va{address}, pages));
  caller().pages -= mapped;
  return 0;
}

Result<uint64_t> sys_mprotect(uint64_t address, uint64_t length, uint32_t rights) {
  uint64_t pages = TRY(whole_pages(length));
  Perms perms = TRY(permissions(rights));
  TRY(caller().space->protect(Va{address}, pages, perms));
  return 0;
}

Result<uint64_t> sys_share_memory(uint64_t length) {
  uint64_t pages = TRY(whole_pages(length));
  TRY(check_limit(pages));
  Ref<VmoObject> object = TRY(VmoObject::create(pages));
  return TRY(caller().handles.insert(*object, right::everything));
}

}  // namespace

void install_memory_calls() {
  install<Sys::mmap, sys_mmap>();
  install<Sys::munmap, sys_munmap>();
  install<Sys::mprotect, sys_mprotect>();
  install<Sys::share_memory, sys_share_memory>();
}

}  // namespace strata
