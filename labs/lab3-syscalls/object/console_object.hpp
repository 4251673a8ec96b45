// The console as an object, so that programs can write to it and read what was typed.
#pragma once

#include "object/slot.hpp"

namespace strata {

class ConsoleObject final : public ObjectOf<ConsoleObject, ObjectType::Console> {
 public:
  static constexpr uint64_t most_at_once = 512;

  // What has been typed so far, at least one character. Again: nothing.
  Result<uint64_t> read(UserPtr<char> to, uint64_t size) override;

  // The first most_at_once bytes, and says how many: nobody else runs meanwhile.
  Result<uint64_t> write(UserPtr<const char> from, uint64_t size) override;
};

// The kernel's own capability to it, from which all others are copied.
Slot& console_slot();

// Makes it. OutOfMemory.
Result<> start_console_object();

}  // namespace strata
