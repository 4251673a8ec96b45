// The boot archive (ustar, POSIX.1-1988 pax "ustar Interchange Format"): the files that came with the kernel, found by name.
#pragma once

#include <string_view>

#include "lib/result.hpp"
#include "lib/span.hpp"

namespace strata {

// Pure. The contents of the regular file `path` ("bin/hello") in a ustar archive, where they stand in it. NotFound; InvalidArgument: the
// archive is broken before that place.
Result<Span<const uint8_t>> find_in_archive(Span<const uint8_t> archive, std::string_view path);

// The same in the module that the boot loader brought; a '/' at the beginning is ignored. NotFound: also without a module.
Result<Span<const uint8_t>> find_boot_file(std::string_view path);

}  // namespace strata
