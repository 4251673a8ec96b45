// Where page tables live: in the kernel's frames, or in a simulation on the host.
#pragma once

#include <cstdint>

#include "lib/address.hpp"
#include "lib/result.hpp"

namespace strata {

class TableStore {
 public:
  // A new table, all of its entries empty. OutOfMemory.
  virtual Result<Pa> allocate() = 0;
  virtual void free(Pa table) = 0;

  virtual uint64_t* entries(Pa table) = 0;

  // How many entries of the table are not empty; kept by Cursor::set().
  virtual uint16_t& used_entries(Pa table) = 0;

 protected:
  ~TableStore() = default;
};

}  // namespace strata
