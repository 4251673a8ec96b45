// Challenge 3.11: programs that show what is wrong with a kernel. `my_hunts NAME` is one hunt; the tests run each by itself.
// Invariant: on a kernel that keeps the promises of abi/abi.hpp, no hunt finds anything.
#include "programs/x86/my_hunts.hpp"

#include "debug/unimplemented.hpp"
#include "runtime/program.hpp"

namespace strata {

// EXERCISE 3.11  Which calls do not come back the way they went?
Result<bool> lost_register() {
  return unimplemented("3.11 lost_register");
}

// EXERCISE 3.11  Who reads the selectors, and when?
Result<bool> wrong_selectors() {
  return unimplemented("3.11 wrong_selectors");
}

// EXERCISE 3.11  Which sum of two large numbers is small?
Result<bool> trusted_range() {
  return unimplemented("3.11 trusted_range");
}

// EXERCISE 3.11  What of its own memory may a program not write to?
Result<bool> trusted_page() {
  return unimplemented("3.11 trusted_page");
}

// EXERCISE 3.11  Two must be in the kernel at the same time. How does the one that goes on notice whose frame it has?
Result<bool> shared_stack() {
  return unimplemented("3.11 shared_stack");
}

// EXERCISE 3.11  Where does the copy go instead? Whatever is compiled relies on a clear flag, so set it for one instruction.
Result<bool> direction_flag() {
  return unimplemented("3.11 direction_flag");
}

}  // namespace strata

// The hunt of that name, or all. The status of the last one: 0, nothing; 1, found; or an error.
int main(int argc, char** argv) {
  using namespace strata;
  constexpr struct {
    std::string_view name;
    Result<bool> (*hunt)();
  } hunts[] = {{"lost_register", lost_register}, {"wrong_selectors", wrong_selectors},
               {"trusted_range", trusted_range}, {"trusted_page", trusted_page},
               {"shared_stack", shared_stack},   {"direction_flag", direction_flag}};
  auto status = static_cast<int>(Error::NotFound);
  for (auto [name, hunt] : hunts) {
    if (argc > 1 && name != argv[1]) continue;
    auto found = hunt();
    if (found.ok()) {
      say("{}: {}\n", name, found.value() ? "found" : "nothing");
    } else {
      say("{}: {}\n", name, found.error());
    }
    status = found.ok() ? found.value() : static_cast<int>(found.error());
  }
  return status;
}
