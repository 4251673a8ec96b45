#include "mm/cursor.hpp"

namespace strata {

void Cursor::set(uint64_t entry) {
  uint64_t* where = slot();
  int change = static_cast<int>(entry != 0) - static_cast<int>(*where != 0);
  uint16_t& used = store_.used_entries(table());
  used = static_cast<uint16_t>(used + change);
  *where = entry;
}

}  // namespace strata
