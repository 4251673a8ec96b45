// Exercise 1.8: why did it fault?
#include "cpu/explain_fault.hpp"

#include "cpu/trap.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

//@ solution
namespace {

struct ExceptionName {
  std::string_view mnemonic;
  std::string_view name;
};

ExceptionName name_of_exception(uint64_t number) {
  switch (number) {
#define VECTOR(number, mnemonic, name, has_error) \
  case number:                                    \
    return {mnemonic, name};
#include "cpu/vectors.def"
#undef VECTOR
    default: return {};
  }
}

void explain_page_fault(Sink& out, uint64_t error, uint64_t cr2) {
  bool present = error & 1, write = error & 2, user = error & 4, reserved = error & 8, fetch = error & 16;
  std::string_view access = write ? "write to" : "read from";
  if (fetch) access = "fetch from";
  print(out, ": {} {} {:016x}, {}", user ? "user" : "kernel", access, cr2,
        present ? "protection violation" : "page not present");
  if (reserved) print(out, ", reserved bit set");
}

void explain_selector(Sink& out, uint64_t error) {
  if (error == 0) {
    print(out, ": no selector");
    return;
  }
  bool external = error & 1, idt = error & 2, ldt = error & 4;
  std::string_view table = ldt ? "LDT" : "GDT";
  if (idt) table = "IDT";
  print(out, ": selector {:04x} in the {}", error & 0xfff8, table);
  if (external) print(out, ", external event");
}

}  // namespace
//@ end
// EXERCISE 1.8  vectors.def is an X-macro: define VECTOR, include it, and each line becomes what you defined.
Result<> explain_fault(Sink& out, const TrapFrame& frame, uint64_t cr2) {
  //@ solution
  ExceptionName exception = name_of_exception(frame.vector);
  if (exception.name.empty()) {
    print(out, "vector {}", frame.vector);
    return {};
  }
  print(out, "{} {}", exception.mnemonic, exception.name);
  if (frame.vector == vector::page_fault) explain_page_fault(out, frame.error, cr2);
  if (frame.vector >= 10 && frame.vector <= 13) explain_selector(out, frame.error);
  return {};
  //@ skeleton
  // (void)out, (void)frame, (void)cr2;
  // return unimplemented("1.8 explain_fault");
  //@ end
}

}  // namespace strata
