#include "object/console_object.hpp"

#include "console/console.hpp"
#include "object/x86/console_input.hpp"

namespace strata {

namespace {

constinit Slot slot;

}  // namespace

Result<uint64_t> ConsoleObject::read(UserPtr<char> to, uint64_t size) {
  uint64_t done = 0;
  while (done < size && character_waits()) TRY(to.write(take_character(), done++));
  if (done == 0 && size != 0) return Error::Again;
  return done;
}

// In pieces, so that the kernel's stack stays small. What came before a bad address was written, and is told.
Result<uint64_t> ConsoleObject::write(UserPtr<const char> from, uint64_t size) {
  char piece[256];
  for (uint64_t done = 0; done < size;) {
    uint64_t length = size - done < sizeof piece ? size - done : sizeof piece;
    auto copied = from.read_all({piece, length}, done);
    if (!copied.ok()) return done == 0 ? Result<uint64_t>(copied.error()) : done;
    console().write({piece, length});
    done += length;
  }
  return size;
}

Slot& console_slot() { return slot; }

Result<> start_console_object() {
  Ref<ConsoleObject> object = TRY(make_object<ConsoleObject>());
  fill_slot(slot, *object, right::read | right::write | right::grant);
  return {};
}

}  // namespace strata
