// Exercise 1.2: numbers as text.
// Invariant: nothing is written unless all of it fits.
#include "lib/format.hpp"

#include "debug/unimplemented.hpp"

namespace strata {

//@ solution
namespace {

// The longest number: 20 decimal digits of 2^64 - 1.
constexpr size_t most_digits = 20;

// The digits of `magnitude`, last one first; a zero has one digit.
size_t digits_backwards(char (&digits)[most_digits], uint64_t magnitude, unsigned base) {
  size_t count = 0;
  do {
    digits[count++] = "0123456789abcdef"[magnitude % base];
    magnitude /= base;
  } while (magnitude != 0);
  return count;
}

Result<size_t> format_magnitude(Span<char> out, uint64_t magnitude, bool negative, NumberStyle style) {
  if (style.base != 10 && style.base != 16) return Error::InvalidArgument;
  if (style.fill != ' ' && style.fill != '0') return Error::InvalidArgument;

  char digits[most_digits];
  size_t count = digits_backwards(digits, magnitude, style.base);
  size_t used = count + (negative ? 1 : 0);
  size_t length = used < style.width ? style.width : used;
  if (length > out.size()) return Error::BufferTooSmall;

  size_t at = 0;
  if (negative && style.fill == '0') out[at++] = '-';
  for (size_t padding = length - used; padding > 0; --padding) out[at++] = style.fill;
  if (negative && style.fill == ' ') out[at++] = '-';
  while (count > 0) out[at++] = digits[--count];
  return length;
}

}  // namespace
//@ end
// EXERCISE 1.2  The digits come out of a division last one first, so they need a place to wait. Find the length before
// you write: padding stands on the left, and a number that does not fit must leave `out` untouched.
Result<size_t> format_unsigned(Span<char> out, uint64_t value, NumberStyle style) {
  //@ solution
  return format_magnitude(out, value, false, style);
  //@ skeleton
  // (void)out, (void)value, (void)style;
  // return unimplemented("1.2 format_unsigned");
  //@ end
}

// EXERCISE 1.2  The most negative number has no positive twin in int64_t: its magnitude, 2^63, exists only as uint64_t.
Result<size_t> format_signed(Span<char> out, int64_t value, NumberStyle style) {
  //@ solution
  auto bits = static_cast<uint64_t>(value);
  return format_magnitude(out, value < 0 ? 0 - bits : bits, value < 0, style);
  //@ skeleton
  // (void)out, (void)value, (void)style;
  // return unimplemented("1.2 format_signed");
  //@ end
}

}  // namespace strata
