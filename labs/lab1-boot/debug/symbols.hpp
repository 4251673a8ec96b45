// The kernel's own symbol table: every function with its C++ name. The build links the kernel once, lists its symbols
// (labs/make/symbols.awk), and links it again with the list (labs/make/build.mk).
#pragma once

#include <cstdint>
#include <string_view>

#include "lib/address.hpp"
#include "lib/span.hpp"

namespace strata {

struct Symbol {
  uint64_t address;  // virtual, of the first instruction
  const char* name;  // demangled, never nullptr
};

// Ordered by address.
Span<const Symbol> symbol_table();

// The function that `address` lies in; "?" outside the kernel's code, or without exercise 1.9.
std::string_view symbol_at(Va address);

}  // namespace strata
