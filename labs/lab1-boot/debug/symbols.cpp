#include "debug/symbols.hpp"

#include "debug/backtrace.hpp"

namespace strata {

extern "C" {
// The linker script's bounds: of the table, and of the code.
extern const Symbol symbols_start[];
extern const Symbol symbols_end[];
extern const char kernel_text_start[];
extern const char kernel_text_end[];
}

Span<const Symbol> symbol_table() { return {symbols_start, static_cast<size_t>(symbols_end - symbols_start)}; }

std::string_view symbol_at(Va address) {
  if (address < Va{reinterpret_cast<uint64_t>(kernel_text_start)}) return "?";
  if (address >= Va{reinterpret_cast<uint64_t>(kernel_text_end)}) return "?";
  auto symbol = find_symbol(symbol_table(), address.value);
  return symbol.ok() ? symbol.value()->name : "?";
}

}  // namespace strata
