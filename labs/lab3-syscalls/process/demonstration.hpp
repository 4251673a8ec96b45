// Programs at boot: so one sees that it works.
#pragma once

#include <string_view>

#include "lib/result.hpp"

namespace strata {

// Runs a program of the boot archive to its end and prints its status. Fails as run_program().
Result<> show_program(std::string_view path, std::string_view arguments = {});

// The same with the program that the kernel's command line names, and the words behind it:  make run CMDLINE="run=bin/echo two words"
Result<> show_requested_program();

// Prints what dispatch and the exit path have counted. Fails with what exercise 3.4 says.
Result<> show_calls();

}  // namespace strata
