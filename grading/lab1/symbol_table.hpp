// Symbol tables made from the seed.
#pragma once

#include "debug/backtrace.hpp"
#include "lib/random.hpp"

namespace strata {

// Fills `table` with symbols in the order of their addresses, as far apart as the random numbers say, and returns it.
inline Span<const Symbol> draw_symbols(Random& random, Span<Symbol> table) {
  uint64_t next = 1 + random.below(1000);
  for (Symbol& symbol : table) {
    symbol = {next, "symbol"};
    next += 1 + random.below(64);
  }
  return table;
}

}  // namespace strata
