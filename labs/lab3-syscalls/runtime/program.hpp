// What a program needs besides the calls: text on its standard output, and the rest of the calls' comfort.
#pragma once

#include "lib/print.hpp"
#include "lib/text_buffer.hpp"
#include "runtime/syscalls.hpp"

namespace strata {

// All of it; stops at the first error.
void write_text(uint32_t handle, std::string_view text);

// One line or more, by one call, so that lines of several processes do not mix.
template <typename... Arguments>
void say(FormatString<std::type_identity_t<Arguments>...> format, const Arguments&... arguments) {
  TextBuffer<512> text;
  print(text, format, arguments...);
  write_text(handle::standard_output, text.text());
}

// The calls with text in place of addresses. `arguments`: strings, each with its NUL.
inline Result<uint64_t> spawn(std::string_view path, std::string_view arguments, Span<const uint32_t> handles) {
  return sys::spawn(path.data(), path.size(), arguments.data(), arguments.size(), handles.data(), handles.size());
}
inline Result<uint64_t> exec(std::string_view path, std::string_view arguments = {}) {
  return sys::exec(path.data(), path.size(), arguments.data(), arguments.size());
}

// Waits for a child and returns its status.
Result<int32_t> wait_for(int64_t pid);

}  // namespace strata

extern "C" int main(int argc, char** argv);
