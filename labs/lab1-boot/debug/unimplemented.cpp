#include "debug/unimplemented.hpp"

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

std::string_view last_unimplemented() { return last; }

}  // namespace strata
