#include "lib/print.hpp"

#include "lib/format.hpp"

namespace strata {

namespace {

constexpr size_t widest_number = 64;

NumberStyle style_of(std::string_view spec) {
  NumberStyle style;
  if (spec.starts_with(":0")) style.fill = '0';
  for (char c : spec) {
    if (c >= '0' && c <= '9') style.width = style.width * 10 + static_cast<unsigned>(c - '0');
    if (c == 'x') style.base = 16;
  }
  return style;
}

}  // namespace

void PrintArgument::write(Sink& sink, std::string_view spec) const {
  NumberStyle style = style_of(spec);
  if (kind_ == Kind::Text) {
    sink.write(text_);
    for (size_t width = text_.size(); width < style.width; ++width) sink.write(" ");
    return;
  }
  char buffer[widest_number];
  auto length = kind_ == Kind::Signed ? format_signed(buffer, static_cast<int64_t>(number_), style)
                                      : format_unsigned(buffer, number_, style);
  bool valid = length.ok() && length.value() <= widest_number;
  sink.write(valid ? std::string_view(buffer, length.value()) : "?");
}

void PrintArgument::write_plain(Sink& sink) const {
  if (kind_ == Kind::Text) {
    sink.write(text_);
    return;
  }
  char digits[2 + 16] = {'0', 'x'};
  size_t length = 2;
  for (int shift = 60; shift >= 0; shift -= 4) {
    bool leading = (number_ >> shift) == 0 && shift > 0;
    if (!leading) digits[length++] = "0123456789abcdef"[number_ >> shift & 15];
  }
  sink.write({digits, length});
}

namespace {

// Calls write_argument(argument, spec) for each pair of braces and writes what stands between them.
template <typename WriteArgument>
void print_with(Sink& sink, std::string_view format, Span<const PrintArgument> arguments,
                WriteArgument write_argument) {
  size_t next = 0;
  size_t at = 0;
  while (at < format.size()) {
    size_t open = format.find('{', at);
    size_t plain_end = open == std::string_view::npos ? format.size() : open;
    if (plain_end > at) sink.write({format.data() + at, plain_end - at});
    if (open == std::string_view::npos) return;
    size_t close = format.find('}', open);
    if (close == std::string_view::npos) close = format.size() - 1;
    write_argument(arguments[next++], std::string_view(format.data() + open + 1, close - open - 1));
    at = close + 1;
  }
}

}  // namespace

void print_arguments(Sink& sink, std::string_view format, Span<const PrintArgument> arguments) {
  print_with(sink, format, arguments,
             [&](const PrintArgument& argument, std::string_view spec) { argument.write(sink, spec); });
}

void print_arguments_plain(Sink& sink, std::string_view format, Span<const PrintArgument> arguments) {
  print_with(sink, format, arguments,
             [&](const PrintArgument& argument, std::string_view) { argument.write_plain(sink); });
}

}  // namespace strata
