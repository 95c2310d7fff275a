// SPDX-License-Identifier: BSD-3-Clause
//
// The serializers of plugins that this host can call, by the numbers that the store gave them.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "serializer_plugin.hpp"

namespace dumbwaiter {

// Constant once the host runs, so any thread may look into it.
struct SerializerTable {
    struct Slot {
        std::shared_ptr<const SerializerPlugin> plugin;  // null: it cannot be called here
        std::string fault;                               // why
        std::string facts;                               // its document in #serializers
    };
    std::map<uint8_t, Slot> slots;
};

}  // namespace dumbwaiter
