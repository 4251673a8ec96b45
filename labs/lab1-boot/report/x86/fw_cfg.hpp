// QEMU's firmware configuration device (QEMU documentation, "QEMU Firmware Configuration (fw_cfg) Device"): named blobs
// that the host gives to the guest. Here they carry the grader's nonce, seed and list of tests.
#pragma once

#include <string_view>

#include "lib/span.hpp"

namespace strata::fw_cfg {

// The file `name`, read into `buffer` and cut to its size; empty when there is no such file or no such device.
std::string_view read(std::string_view name, Span<char> buffer);

}  // namespace strata::fw_cfg
