// From a file in the boot archive to a process.
#pragma once

#include <string_view>

#include "process/process.hpp"

namespace strata {

// A new program: a space with its image and its stack, and the registers that it starts with.
struct LoadedProgram {
  Owner<AddressSpace> space;
  uint64_t pages = 0;  // that are mapped
  TrapFrame frame;
};

inline constexpr uint64_t most_argument_bytes = 2048;
inline constexpr uint64_t most_arguments = 64;

// `arguments` are strings, each with its NUL. NotFound; what parse_elf() says; InvalidArgument: arguments without their last NUL or
// too long; NotSupported: not a native program; OutOfMemory.
Result<LoadedProgram> load_program(std::string_view path, std::string_view arguments);

// A process that runs the program, with copies of the given slots as handles 1, 2, ... (nullptr: left out), as a child of `parent`.
// As load_program(), TableFull. After an error nothing has changed.
Result<Ref<Process>> spawn_program(std::string_view path, std::string_view arguments, Span<Slot* const> slots,
                                   Process* parent);

// For the kernel's own threads: runs a program with the console as handles 1 to 3 and waits for its end. Returns its status.
// As spawn_program().
Result<int32_t> run_program(std::string_view path, std::string_view arguments = {});

}  // namespace strata
