// Exercise 1.2: numbers as text.
// Invariant: nothing is written unless all of it fits.
#include "lib/format.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

// EXERCISE 1.2  The digits come out of a division last one first, so they need a place to wait. Find the length before
// you write: padding stands on the left, and a number that does not fit must leave `out` untouched.
Result<size_t> format_unsigned(Span<char> out, uint64_t value, NumberStyle style) {
  (void)out, (void)value, (void)style;
  return unimplemented("1.2 format_unsigned");
}

// EXERCISE 1.2  The most negative number has no positive twin in int64_t: its magnitude, 2^63, exists only as uint64_t.
Result<size_t> format_signed(Span<char> out, int64_t value, NumberStyle style) {
  (void)out, (void)value, (void)style;
  return unimplemented("1.2 format_signed");
}

}  // namespace strata
