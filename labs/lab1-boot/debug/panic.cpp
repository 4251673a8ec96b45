// The panic frame: reason and place, on the console and on the report port.
// Invariant: a panic inside a panic ends the machine at once, so this code may use what might be broken.
#include "debug/panic.hpp"

#include "console/console.hpp"
#include "cpu/x86/machine.hpp"
#include "debug/symbols.hpp"
#include "report/report.hpp"

namespace strata {

namespace {

constinit bool panicking = false;

// Collects the reason for the report, which is one line.
class LineBuffer final : public Sink {
 public:
  void write(std::string_view text) override {
    for (char c : text) {
      if (size_ < sizeof(text_)) text_[size_++] = c;
    }
  }
  std::string_view text() const { return {text_, size_}; }

 private:
  char text_[160];
  size_t size_ = 0;
};

}  // namespace

void panic_arguments(std::string_view format, Span<const PrintArgument> arguments) {
  if (panicking) end_machine(MachineEnd::Panic);
  panicking = true;

  Va caller{reinterpret_cast<uint64_t>(__builtin_return_address(0))};
  LineBuffer reason;
  print_arguments(reason, format, arguments);
  report::panic(reason.text());
  log("\n*** PANIC: {}\n", reason.text());
  log("    in {} ({:016x})\n", symbol_at(caller), caller.value);
  end_machine(MachineEnd::Panic);
}

void span_out_of_range(size_t index, size_t size) { panic("Span: index {} of {}", index, size); }

}  // namespace strata

// What libstdc++'s headers call when a std::string_view is cut out of range.
namespace std {
void __throw_out_of_range_fmt(const char* what, ...) { strata::panic(what); }
}  // namespace std
