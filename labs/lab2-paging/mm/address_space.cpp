#include "mm/address_space.hpp"

#include "debug/panic.hpp"
#include "debug/unimplemented.hpp"
#include "mm/frame.hpp"
#include "mm/kernel_space.hpp"

namespace strata {

constinit AddressSpace* current_space = nullptr;

Result<Owner<AddressSpace>> AddressSpace::create() {
  TRY(build_kernel_space());
  Owner<AddressSpace> space = TRY(make<AddressSpace>());
  space->tables_ = PageTables(frame_tables(), TRY(frame_tables().allocate()));
  Cursor kernel = kernel_space().cursor(), own = space->tables_.cursor();
  TRY(kernel.find(kernel_image_base, Format::levels));
  TRY(own.find(kernel_image_base, Format::levels));
  own.set(kernel.entry());
  return space;
}

AddressSpace::~AddressSpace() {
  if (tables_.root().value == 0) return;
  while (Region* region = regions_.first()) drop(*region);
  if (current_space == this) leave();
  frame_tables().free(tables_.root());
}

Result<> AddressSpace::check(Va at, uint64_t pages) {
  uint64_t most = (end_of_space - start_of_space) / frame_size;
  if (pages == 0 || pages > most || !is_aligned(at.value, frame_size)) return Error::InvalidArgument;
  if (at < start_of_space || at > end_of_space || end_of_space - at < pages * frame_size) return Error::InvalidArgument;
  return {};
}

// The lowest one that is large enough.
Result<Va> AddressSpace::find_gap(uint64_t pages) const {
  Va at = start_of_space;
  for (Region* region = regions_.first(); region; region = regions_.next(*region)) {
    if (region->start - at >= pages * frame_size) return at;
    at = region->end;
  }
  if (end_of_space - at < pages * frame_size) return Error::OutOfMemory;
  return at;
}

Result<Va> AddressSpace::map(Va at, uint64_t pages, Perms perms, const Ref<Vmo>& vmo, uint64_t first_page) {
  if (pages == 0 || first_page > vmo->pages() || pages > vmo->pages() - first_page) return Error::InvalidArgument;
  if (at == Va{0}) at = TRY(find_gap(pages));
  TRY(check(at, pages));
  Region* behind = regions_.first_behind(at);
  if (behind && behind->start < at + pages * frame_size) return Error::AlreadyExists;
  TRY(add(at, at + pages * frame_size, perms, vmo, first_page));
  join(at, at + pages * frame_size);
  return at;
}

// Makes a region begin at `at` if one contains it. OutOfMemory: nothing has changed.
Result<> AddressSpace::cut(Va at) {
  Region* low = regions_.find(at);
  if (!low || low->start == at) return {};
  TRY(add(at, low->end, low->perms, low->vmo, low->page_of(at)));
  low->end = at;
  return {};
}

Result<> AddressSpace::add(Va start, Va end, Perms perms, const Ref<Vmo>& vmo, uint64_t first_page) {
  Region* region = TRY(make<Region>()).release();
  region->start = start;
  region->end = end;
  region->perms = perms;
  region->vmo = vmo;
  region->first_page = first_page;
  region->space = this;
  vmo->add(*region);
  regions_.insert(*region);
  return {};
}

// Takes the region from the tree and gives it back; what it mapped stays mapped.
void AddressSpace::remove(Region& region) {
  regions_.remove(region);
  region.vmo->remove(region);
  Owner<Region>(&region).reset();
}

// Joins the region with the one behind it if the two are one in all but name. False if they are not.
bool AddressSpace::join_with_next(Region& region) {
  Region* behind = regions_.next(region);
  if (!behind || behind->start != region.end || behind->perms != region.perms) return false;
  if (behind->vmo.get() != region.vmo.get() || behind->first_page != region.page_of(region.end)) return false;
  Va behind_both = behind->end;
  remove(*behind);
  region.end = behind_both;
  return true;
}

// The same for all regions from the one before `from` to the one behind `to`.
void AddressSpace::join(Va from, Va to) {
  Region* region = regions_.first_behind(Va{from.value - 1});
  while (region && region->end <= to) {
    if (!join_with_next(*region)) region = regions_.next(*region);
  }
}

void AddressSpace::drop(Region& region) {
  TlbFlush flush(machine_tlb());
  must_once_written(tables_.unmap(region.start, region.end - region.start, flush));
  flush.commit();
  leaf_ = {};
  remove(region);
}

Result<> AddressSpace::unmap(Va at, uint64_t pages) {
  TRY(check(at, pages));
  Va behind = at + pages * frame_size;
  TRY(cut(at));
  TRY(cut(behind));
  for (Region* region = regions_.first_behind(at); region && region->start < behind;
       region = regions_.first_behind(at)) {
    drop(*region);
  }
  return {};
}

Result<> AddressSpace::protect(Va at, uint64_t pages, Perms perms) {
  TRY(check(at, pages));
  Va behind = at + pages * frame_size;
  for (Va covered = at; covered < behind;) {
    Region* region = regions_.find(covered);
    if (!region) return Error::NotFound;
    covered = region->end;
  }
  TRY(cut(at));
  TRY(cut(behind));
  for (Region* region = regions_.find(at); region && region->start < behind; region = regions_.next(*region)) {
    region->perms = perms;
    TRY(write_protect(*region));
  }
  join(at, behind);
  return {};
}

Result<> AddressSpace::resolve(Va va, Access access) {
  Region* region = regions_.find(va);
  uint64_t page = region ? region->page_of(va) : 0;
  FaultQuestion question{.reserved_bit = access.reserved_bit,
                         .write = access.write,
                         .execute = access.execute,
                         .has_region = region != nullptr,
                         .allowed = region ? region->perms : Perms{},
                         .page = region ? region->vmo->state(page) : PageState::Missing};
  FaultAnswer answer = TRY(decide_fault(question));
  if (!region) panic("decide_fault() allows an access to {:x}, where no region is", va.value);
  Vmo& vmo = *region->vmo;
  Pa frame = answer.action == FaultAction::Fill   ? TRY(vmo.fill(page))
             : answer.action == FaultAction::Copy ? TRY(vmo.writable_frame(page))
                                                  : vmo.frame(page);
  return set_page(va, frame, {answer.perms, vmo.kind() == VmoKind::Device});
}

// Whatever was mapped there before: the same frame with fewer rights, or nothing. More rights need no flush.
inline Result<> AddressSpace::set_page(Va va, Pa frame, PageAttributes attributes) {
  uint64_t entry = TRY(Format::page(frame, 1, attributes));
  if (!leaf_.covers(va)) TRY(find_leaf(va));
  leaf_.set(va, entry);
  return {};
}

Result<> AddressSpace::find_leaf(Va va) {
  Cursor at = tables_.cursor();
  TRY(at.create(va, 1));
  leaf_ = at.leaf_table();
  return {};
}

Result<> AddressSpace::write_protect(Region& region) {
  Perms perms = region.perms;
  perms.write = false;
  TlbFlush flush(machine_tlb());
  auto outcome = tables_.update_flags(region.start, region.end - region.start, perms, flush);
  flush.commit();
  return outcome;
}

Result<> AddressSpace::forget(Region& region, uint64_t page) {
  if (page < region.first_page || page - region.first_page >= region.pages()) return {};
  TlbFlush flush(machine_tlb());
  auto outcome = tables_.unmap(region.va_of(page), frame_size, flush);
  flush.commit();
  leaf_ = {};
  return outcome;
}

}  // namespace strata
