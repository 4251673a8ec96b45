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

Result<uint64_t> ConsoleObject::write(UserPtr<const char> from, uint64_t size) {
  char piece[most_at_once];
  uint64_t length = size < most_at_once ? size : most_at_once;
  TRY(from.read_all({piece, length}));
  console().write({piece, length});
  return length;
}

Slot& console_slot() { return slot; }

Result<> start_console_object() {
  Ref<ConsoleObject> object = TRY(make_object<ConsoleObject>());
  fill_slot(slot, *object, right::read | right::write | right::grant);
  return {};
}

}  // namespace strata
