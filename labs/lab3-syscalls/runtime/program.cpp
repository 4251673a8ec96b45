#include "runtime/program.hpp"

#include "debug/panic.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

void write_text(uint32_t handle, std::string_view text) {
  while (!text.empty()) {
    auto written = sys::write(handle, text.data(), text.size());
    if (!written.ok() || written.value() == 0) return;
    text.remove_prefix(written.value());
  }
}

Result<int32_t> wait_for(int64_t pid) {
  int32_t status = 0;
  TRY(sys::wait(pid, &status, 0));
  return status;
}

// What the vocabulary of lab 1 asks the kernel for.
void panic_arguments(std::string_view format, Span<const PrintArgument> arguments) {
  TextBuffer<160> text;
  print_arguments_plain(text, format, arguments);
  text.write("\n");
  write_text(handle::standard_error, text.text());
  (void)sys::exit(static_cast<int32_t>(Error::Internal));
  __builtin_unreachable();
}

void span_out_of_range(size_t index, size_t size) { panic("Span: index {} of {}", index, size); }

Error unimplemented(std::string_view) { return Error::Unimplemented; }

}  // namespace strata

// What libstdc++'s headers call when a std::string_view is cut out of range.
namespace std {
void __throw_out_of_range_fmt(const char* what, ...) { strata::panic(what); }
}  // namespace std
