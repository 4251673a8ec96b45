#include "mm/page_tables.hpp"

namespace strata {

Result<Mapping> PageTables::query(Va va) const {
  Cursor at = cursor();
  TRY(at.find(va));
  if (!at.is_page()) return Error::NotFound;
  return Mapping{at.start(), Format::address(at.entry(), at.level()), bytes_at(at.level()),
                 Format::attributes(at.entry())};
}

Result<> PageTables::check_range(Va va, uint64_t bytes) {
  if (bytes == 0 || !is_aligned(va.value, bytes_at(1)) || !is_aligned(bytes, bytes_at(1)))
    return Error::InvalidArgument;
  Va last = va + (bytes - 1);
  if (last < va || !is_canonical(va) || !is_canonical(last) || (va.value ^ last.value) >> 63 != 0) {
    return Error::InvalidArgument;
  }
  return {};
}

}  // namespace strata
