#include "mm/vmo.hpp"

#include "mm/address_space.hpp"
#include "mm/clear_frame.hpp"
#include "mm/frames.hpp"

namespace strata {

namespace {

constexpr uint64_t most_pages = 1ull << 36;

}  // namespace

Result<Ref<Vmo>> Vmo::create(uint64_t pages) {
  if (pages == 0 || pages > most_pages) return Error::InvalidArgument;
  Owner<Vmo> vmo = TRY(make<Vmo>(VmoKind::Anonymous));
  TRY(vmo->frames_.create(pages));
  vmo->pages_ = pages;
  return Ref<Vmo>::adopt(*vmo.release());
}

Result<Ref<Vmo>> Vmo::create_physical(Pa start, uint64_t pages, VmoKind kind) {
  if (pages == 0 || pages > most_pages || kind == VmoKind::Anonymous) return Error::InvalidArgument;
  Owner<Vmo> vmo = TRY(make<Vmo>(kind, start));
  vmo->pages_ = pages;
  return Ref<Vmo>::adopt(*vmo.release());
}

Vmo::~Vmo() {
  if (kind_ != VmoKind::Anonymous) return;
  for (uint64_t page = frames_.next_present(0); page < pages_; page = frames_.next_present(page + 1)) {
    release_frame(frames_.get(page));
  }
}

void Vmo::release() {
  if (--references_ == 0) Owner<Vmo>(this).reset();
}

PageState Vmo::state(uint64_t page) const {
  if (kind_ != VmoKind::Anonymous) return PageState::Private;
  Pa frame = frames_.get(page);
  if (frame.value == 0) return PageState::Missing;
  return frame_references(frame) == 1 ? PageState::Private : PageState::Shared;
}

Pa Vmo::frame(uint64_t page) const {
  return kind_ == VmoKind::Anonymous ? frames_.get(page) : start_ + page * frame_size;
}

Result<Pa> Vmo::fill(uint64_t page) {
  Pa frame = TRY(allocate_frames());
  clear_frame(direct_map_as<void>(frame));
  auto kept = frames_.set(page, frame);
  if (!kept.ok()) {
    release_frame(frame);
    return kept.error();
  }
  return frame;
}

Result<Ref<Vmo>> Vmo::clone() {
  if (kind_ != VmoKind::Anonymous) return Error::NotSupported;
  Ref<Vmo> copy = TRY(create(pages_));
  TRY(share_frames(*copy));
  for (Region* region = regions_.front(); region; region = Regions::next(*region)) {
    TRY(region->space->write_protect(*region));
  }
  return copy;
}

Result<Pa> Vmo::writable_frame(uint64_t page) {
  Pa before = frame(page);
  Pa after = TRY(own_frame(page));
  if (before == after) return after;
  for (Region* region = regions_.front(); region; region = Regions::next(*region)) {
    TRY(region->space->forget(*region, page));
  }
  return after;
}

}  // namespace strata
