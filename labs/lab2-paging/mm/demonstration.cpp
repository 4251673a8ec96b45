#include "mm/demonstration.hpp"

#include "console/console.hpp"
#include "mm/address_space.hpp"
#include "mm/frames.hpp"

namespace strata {

namespace {

constexpr uint64_t pages = 16;
constexpr Va where{0x40'0000};

volatile uint64_t& word_of_page(uint64_t page) {
  return *reinterpret_cast<volatile uint64_t*>((where + page * frame_size).value);
}

uint64_t frames_of(const Vmo& vmo, PageState state) {
  uint64_t count = 0;
  for (uint64_t page = 0; page < vmo.pages(); ++page) count += vmo.state(page) == state;
  return count;
}

}  // namespace

Result<> show_copy_on_write() {
  Ref<Vmo> original = TRY(Vmo::create(pages));
  Owner<AddressSpace> first = TRY(AddressSpace::create()), second = TRY(AddressSpace::create());
  TRY(first->map(where, pages, {.write = true}, original, 0));
  first->activate();
  for (uint64_t page = 0; page < pages; ++page) {
    TRY(first->resolve(where + page * frame_size, {.write = true}));
    word_of_page(page) = page;
  }
  log("[FAULT] {} pages of zeros came with their first use\n", frames_of(*original, PageState::Private));

  Ref<Vmo> copy = TRY(original->clone());
  TRY(second->map(where, pages, {.write = true}, copy, 0));
  second->activate();
  uint64_t shared = frames_of(*copy, PageState::Shared);
  TRY(second->resolve(where, {.write = true}));
  word_of_page(0) = 99;
  log("[COW] shared {}, copied {}\n", shared, frames_of(*copy, PageState::Private));
  return {};
}

}  // namespace strata
