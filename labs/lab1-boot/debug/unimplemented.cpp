#include "debug/unimplemented.hpp"

#include "debug/panic.hpp"
#include "report/report.hpp"

namespace strata {

namespace {
constinit std::string_view last;
}

Error unimplemented(std::string_view exercise) {
  last = exercise;
  report::missing(exercise);
  return Error::Unimplemented;
}

void must_once_written(Result<> outcome) {
  if (!outcome.ok() && outcome.error() != Error::Unimplemented)
    panic("cannot fail, but: {}", describe(outcome.error()));
}

std::string_view last_unimplemented() { return last; }

}  // namespace strata
