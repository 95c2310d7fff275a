// SPDX-License-Identifier: BSD-3-Clause
//
// What lanes ask of the host on behalf of plugin calls.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "call.hpp"
#include "status.hpp"

namespace dumbwaiter {

class HostServices : public CallServices {
public:
    // The newest value of a function as it is stored, for a process that decodes it itself: `facts` is its serializer's
    // document in #serializers where it is a plugin's. kNotFound if there is none.
    struct Stored {
        uint8_t serializer = 0;
        std::string facts, payload;
    };
    virtual Expected<Stored> stored(std::string_view name) = 0;
};

}  // namespace dumbwaiter
