// One line of a stage.cpp: what it does, and what becomes of it when an exercise is missing.
#pragma once

#include <string_view>

#include "lib/result.hpp"

namespace strata {

// Says on the console if `outcome` is an error: "[MEMORY] not available: exercise 1.3 ...". Boot goes on either way.
void step(std::string_view tag, Result<> outcome);

}  // namespace strata
