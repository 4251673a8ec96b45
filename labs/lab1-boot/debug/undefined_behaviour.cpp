// Undefined behaviour, named where it happens: what the code of a kernel built with SAN=1 calls (-fsanitize=undefined). The
// compilers share one interface, described in LLVM's compiler-rt (lib/ubsan/ubsan_handlers.h, ubsan_value.h).
// Invariant: no check is compiled into this file, and of the exercises it uses only what the console needs.
#include <initializer_list>
#include <iterator>

#include "console/console.hpp"
#include "debug/panic.hpp"
#include "lib/text_buffer.hpp"
#include "report/report.hpp"

namespace strata {

namespace {

// Where a check stands in the source.
struct Place {
  const char* file;
  uint32_t line;
  uint32_t column;
};

struct Type {
  uint16_t kind;  // 0: an integer
  uint16_t info;  // of an integer: bit 0 is set if it has a sign, the others are the logarithm of its width in bits
  char name[1];   // NUL-terminated, with quotation marks of its own
};

struct TypedCheck {
  Place place;
  const Type& type;
};

struct ShiftCheck {
  Place place;
  const Type& value;
  const Type& distance;
};

struct IndexCheck {
  Place place;
  const Type& array;
  const Type& index;
};

struct PointerCheck {
  Place place;
  const Type& type;
  uint8_t log_alignment;
  uint8_t use;
};

struct ArgumentCheck {
  Place place;
  Place attribute;
  int32_t number;  // from 1
};

// By PointerCheck::use.
constexpr std::string_view uses[] = {
    "load of ",     "store to ",    "reference to ", "member access in ", "call on ",
    "creation of ", "downcast to ", "downcast to ",  "upcast from ",      "upcast from ",
    "binding to ",  "binding to ",  "operation on ",
};

// A number as text, by digits of this file's own: what is wrong may be exercise 1.2.
class Number {
 public:
  explicit Number(uint64_t magnitude, unsigned base = 10, std::string_view sign = "") {
    do {
      text_[--start_] = "0123456789abcdef"[magnitude % base];
      magnitude /= base;
    } while (magnitude != 0);
    start_ -= sign.size();
    for (size_t i = 0; i < sign.size(); ++i) text_[start_ + i] = sign[i];
  }
  operator std::string_view() const { return {text_ + start_, size - start_}; }

 private:
  static constexpr size_t size = 20;

  char text_[size];
  size_t start_ = size;
};

Number address(uint64_t pointer) { return Number(pointer, 16, "0x"); }

// A value as checks hand it over: in the low bits or, when it is wider than 64 bits, by its address, which must do.
Number value(const Type& type, uint64_t bits) {
  unsigned log_width = type.info >> 1;
  if (type.kind != 0 || log_width > 6) return address(bits);
  unsigned width = 1u << log_width;
  bool negative = (type.info & 1) != 0 && (bits >> (width - 1) & 1) != 0;
  uint64_t unused = width < 64 ? ~0ull << width : 0;
  return negative ? Number(0 - (bits | unused), 10, "-") : Number(bits & ~unused);
}

using Words = std::initializer_list<std::string_view>;
using Finding = TextBuffer<240>;

Finding describe(const Place& place, Words what) {
  Finding finding;
  finding.write(place.file);
  for (uint32_t number : {place.line, place.column}) {
    finding.write(":");
    finding.write(Number(number));
  }
  finding.write(": ");
  for (std::string_view word : what) finding.write(word);
  return finding;
}

// Each place is told once a test, so that what is found in a test does not depend on those before it. Not by the check's own
// address: loops that are unrolled and templates have several checks for one place, and an index may break two rules.
constexpr size_t most_places = 64;
constinit Place told[most_places] = {};
constinit size_t told_count = 0;
constinit uint64_t told_in = 0;  // the test, counted from 1; 0 is the boot

bool is_new(const Place& place) {
  if (told_in != report::tests_begun()) told_count = 0;
  told_in = report::tests_begun();
  for (const Place& earlier : Span<const Place>(told, told_count)) {
    bool same_spot = earlier.line == place.line && earlier.column == place.column;
    if (same_spot && std::string_view(earlier.file) == place.file) return false;
  }
  if (told_count == most_places) return false;
  told[told_count++] = place;
  return true;
}

constinit bool printing = false;

// To the report; to the console unless a test may be looking at it, or this was found on the way there (exercise 1.1).
void tell(const Finding& finding) {
  report::undefined(finding.text());
  if (report::graded() || printing) return;
  printing = true;
  log("\nundefined behaviour: {}\n", finding.text());
  printing = false;
}

void found(const Place& place, Words what) {
  if (is_new(place)) tell(describe(place, what));
}

// From here there is no way on.
[[noreturn]] void found_the_end(const Place& place, std::string_view what) {
  Finding finding = describe(place, {what});
  if (is_new(place)) tell(finding);
  panic("undefined behaviour: {}", finding.text());
}

void overflow(const TypedCheck& check, uint64_t left, std::string_view sign, uint64_t right) {
  found(check.place, {"signed integer overflow: ", value(check.type, left), sign, value(check.type, right), " in ",
                      check.type.name});
}

}  // namespace

extern "C" {

void __ubsan_handle_add_overflow(const TypedCheck& check, uint64_t left, uint64_t right) {
  overflow(check, left, " + ", right);
}

void __ubsan_handle_sub_overflow(const TypedCheck& check, uint64_t left, uint64_t right) {
  overflow(check, left, " - ", right);
}

void __ubsan_handle_mul_overflow(const TypedCheck& check, uint64_t left, uint64_t right) {
  overflow(check, left, " * ", right);
}

void __ubsan_handle_divrem_overflow(const TypedCheck& check, uint64_t left, uint64_t right) {
  if (right != 0) return overflow(check, left, " / ", right);
  found(check.place, {"division by zero: ", value(check.type, left), " / 0 in ", check.type.name});
}

void __ubsan_handle_negate_overflow(const TypedCheck& check, uint64_t bits) {
  found(check.place, {"signed integer overflow: -(", value(check.type, bits), ") in ", check.type.name});
}

void __ubsan_handle_shift_out_of_bounds(const ShiftCheck& check, uint64_t bits, uint64_t distance) {
  found(check.place, {"shift out of range: ", value(check.value, bits), " by ", value(check.distance, distance), " in ",
                      check.value.name});
}

void __ubsan_handle_out_of_bounds(const IndexCheck& check, uint64_t index) {
  found(check.place, {"index out of bounds: ", value(check.index, index), " in ", check.array.name});
}

void __ubsan_handle_load_invalid_value(const TypedCheck& check, uint64_t bits) {
  found(check.place, {"invalid value: ", value(check.type, bits), " in ", check.type.name});
}

void __ubsan_handle_vla_bound_not_positive(const TypedCheck& check, uint64_t length) {
  found(check.place, {"length of an array is not positive: ", value(check.type, length)});
}

void __ubsan_handle_type_mismatch_v1(const PointerCheck& check, uint64_t pointer) {
  std::string_view use = check.use < std::size(uses) ? uses[check.use] : "use of ";
  uint64_t alignment = 1ull << check.log_alignment;
  if (pointer == 0) {
    found(check.place, {"null pointer: ", use, check.type.name});
  } else if (pointer % alignment != 0) {
    found(check.place, {"misaligned pointer: ", use, check.type.name, " at ", address(pointer),
                        ", which is not a multiple of ", Number(alignment)});
  } else {
    found(check.place, {"object too small: ", use, check.type.name, " at ", address(pointer)});
  }
}

void __ubsan_handle_alignment_assumption(const Place& place, uint64_t pointer, uint64_t alignment, uint64_t) {
  found(place, {"misaligned pointer: ", address(pointer), " was promised to be a multiple of ", Number(alignment)});
}

void __ubsan_handle_pointer_overflow(const Place& place, uint64_t base, uint64_t result) {
  found(place, {"pointer overflow: from ", address(base), " to ", address(result)});
}

void __ubsan_handle_nonnull_arg(const ArgumentCheck& check) {
  found(check.place, {"null pointer: argument ", Number(static_cast<uint64_t>(check.number)), " must not be null"});
}

void __ubsan_handle_nonnull_return_v1(const Place&, const Place& place) {
  found(place, {"null pointer: the function must not return one"});
}

void __ubsan_handle_invalid_builtin(const Place& place) { found(place, {"leading or trailing zeros of 0"}); }

void __ubsan_handle_builtin_unreachable(const Place& place) { found_the_end(place, "unreachable code was reached"); }

void __ubsan_handle_missing_return(const Place& place) { found_the_end(place, "a function ended without its result"); }
}

}  // namespace strata
