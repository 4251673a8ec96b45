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

void print_arguments(Sink& sink, std::string_view format, Span<const PrintArgument> arguments) {
  size_t next = 0;
  size_t at = 0;
  while (at < format.size()) {
    size_t open = format.find('{', at);
    size_t plain_end = open == format.npos ? format.size() : open;
    if (plain_end > at) sink.write({format.data() + at, plain_end - at});
    if (open == format.npos) return;
    size_t close = format.find('}', open);
    if (close == format.npos) close = format.size() - 1;
    arguments[next++].write(sink, {format.data() + open + 1, close - open - 1});
    at = close + 1;
  }
}

}  // namespace strata
