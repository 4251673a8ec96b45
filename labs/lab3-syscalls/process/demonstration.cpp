#include "process/demonstration.hpp"

#include "boot/boot_info.hpp"
#include "console/console.hpp"
#include "lib/text_buffer.hpp"
#include "process/program.hpp"
#include "syscall/syscall_table.hpp"

namespace strata {

Result<> show_program(std::string_view path, std::string_view arguments) {
  int32_t status = TRY(run_program(path, arguments));
  log("[PROGRAM] {} ended with {}\n", path, status);
  return {};
}

Result<> show_requested_program() {
  constexpr std::string_view word = "run=";
  std::string_view left = boot_info().command_line;
  size_t at = left.find(word);
  if (at == std::string_view::npos) return {};
  left.remove_prefix(at + word.size());
  constexpr char end = 0;
  TextBuffer<256> arguments;
  for (char c : left) arguments.write({c == ' ' ? &end : &c, 1});
  arguments.write({&end, 1});
  return show_program(left.substr(0, left.find(' ')), arguments.text());
}

Result<> show_calls() {
  CallCount most[5];
  size_t found = most_used(native_calls, most);
  const Cpu& cpu = this_cpu();
  uint64_t calls = native_calls.invalid;
  for (uint64_t count : native_calls.counts) calls += count;
  log("[SYSCALL] {} calls, {} of them invalid; {} exits by iretq; most used:", calls, native_calls.invalid,
      cpu.iret_exits);
  for (size_t i = 0; i < found; ++i) log(" {} {}", name_of(static_cast<Sys>(most[i].number)), most[i].count);
  log("\n");
  return {};
}

}  // namespace strata
