// Numbers as text. Pure functions: no console, no state; they also run on the host.
#pragma once

#include <cstddef>
#include <cstdint>

#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

struct NumberStyle {
  unsigned base = 10;  // 10 or 16 (digits 0-9 a-f)
  unsigned width = 0;  // at least so many characters, sign included; longer numbers are never cut
  char fill = ' ';     // ' ' pads left of the sign, '0' between the sign and the digits
};

// Writes `value` to the start of `out`, without a terminating NUL, and returns the number of characters.
// InvalidArgument: a base other than 10 or 16, or a fill other than ' ' or '0'.
// BufferTooSmall: the text is longer than `out`; then nothing is written.
Result<size_t> format_unsigned(Span<char> out, uint64_t value, NumberStyle style = {});

// The same for a signed number: '-' before negative ones, in either base ("-1f" is -31 in base 16).
Result<size_t> format_signed(Span<char> out, int64_t value, NumberStyle style = {});

}  // namespace strata
