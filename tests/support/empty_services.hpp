// SPDX-License-Identifier: BSD-3-Clause
//
// A host without values, for functions that ask for none.
#pragma once

#include "host_services.hpp"

namespace dumbwaiter::test {

struct EmptyServices : HostServices {
    Expected<Stored> stored(std::string_view) override { return failure(Code::kNotFound, "none"); }
    Expected<Document> read(std::string_view) override { return failure(Code::kNotFound, "none"); }
    void log(std::string_view, uint32_t, std::string_view) override {}
};

}  // namespace dumbwaiter::test
