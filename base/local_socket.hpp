// SPDX-License-Identifier: BSD-3-Clause
//
// Unix sockets by their name in a folder, whose path may be longer than a socket's address holds.
#pragma once

#include <filesystem>
#include <string>

#include "descriptor.hpp"
#include "status.hpp"

namespace dumbwaiter {

// A stream socket that listens under this name, with `mode` from its first moment on; what lies there is replaced. It
// does not block. kIo.
Expected<Descriptor> listen_in(const std::filesystem::path& folder, const std::string& name, unsigned mode);

// A stream socket connected to the one of this name. It blocks. kNotFound: nobody listens there; kDenied; kIo.
Expected<Descriptor> connect_in(const std::filesystem::path& folder, const std::string& name);

}  // namespace dumbwaiter
