#include "boot/step.hpp"

#include "console/console.hpp"
#include "debug/unimplemented.hpp"

namespace strata {

void step(std::string_view tag, Result<> outcome) {
  if (outcome.ok()) return;
  if (outcome.error() == Error::Unimplemented) {
    log("[{}] not available: exercise {}\n", tag, last_unimplemented());
  } else {
    log("[{}] not available: {}\n", tag, describe(outcome.error()));
  }
}

}  // namespace strata
