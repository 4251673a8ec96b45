// Type-safe formatted output: print(sink, "{} frames at {:016x}", count, address). The number of braces is checked when
// the program is compiled, and each argument brings its own type: there are no varargs.
//   {}      a number in decimal, a string, a character, an Error by name
//   {:WxF}  all parts optional, in this order:  0 (fill with zeros)  W (least width)  x (base 16)
// Strings are padded on the right. Numbers are written by lib/format (exercise 1.2); where it fails stands a '?'.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "lib/error.hpp"
#include "lib/span.hpp"

namespace strata {

// Where text goes.
class Sink {
 public:
  virtual void write(std::string_view text) = 0;

 protected:
  ~Sink() = default;
};

// One argument, with its type.
class PrintArgument {
 public:
  template <std::unsigned_integral T>
  constexpr PrintArgument(T value) : kind_(Kind::Unsigned), number_(value) {}
  template <std::signed_integral T>
  constexpr PrintArgument(T value) : kind_(Kind::Signed), number_(static_cast<uint64_t>(static_cast<int64_t>(value))) {}
  constexpr PrintArgument(std::string_view text) : kind_(Kind::Text), text_(text) {}
  constexpr PrintArgument(const char* text) : PrintArgument(std::string_view(text)) {}
  constexpr PrintArgument(Error error) : PrintArgument(name_of(error)) {}

  void write(Sink& sink, std::string_view spec) const;

  // Numbers in hexadecimal by given code: for a panic, which may come out of exercise 1.2 itself.
  void write_plain(Sink& sink) const;

 private:
  enum class Kind : uint8_t { Unsigned, Signed, Text };

  Kind kind_;
  uint64_t number_ = 0;
  std::string_view text_;
};

// Never defined, and no constant expression: to call it is the compile error that a wrong count gets.
void needs_as_many_braces_as_arguments();

// A format string that fits its arguments; a wrong count does not compile.
template <typename... Arguments>
class FormatString {
 public:
  template <size_t N>
  consteval FormatString(const char (&text)[N]) : text_(text, N - 1) {
    size_t opened = 0;
    for (char c : text_) opened += c == '{';
    if (opened != sizeof...(Arguments)) needs_as_many_braces_as_arguments();
  }
  constexpr std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

void print_arguments(Sink& sink, std::string_view format, Span<const PrintArgument> arguments);
void print_arguments_plain(Sink& sink, std::string_view format, Span<const PrintArgument> arguments);

template <typename... Arguments>
void print(Sink& sink, FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
  if constexpr (sizeof...(Arguments) == 0) {
    sink.write(format.text());
  } else {
    const PrintArgument list[] = {PrintArgument(arguments)...};
    print_arguments(sink, format.text(), list);
  }
}

}  // namespace strata
