// SPDX-License-Identifier: BSD-3-Clause
//
// The serializer plugins that one reader may load, and those that it has loaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "serializer_plugin.hpp"
#include "status.hpp"

struct dw_reader;

namespace dumbwaiter {

// Thread-safe.
class ReaderSerializers {
public:
    // kNotFound: there is no such folder.
    Status allow(std::string_view folder);

    // The serializer of that number in the store of `reader`. kUnsupported: it is unknown there, or its library is in
    // no folder that may be looked into, or it is not for this build.
    Expected<std::shared_ptr<const SerializerPlugin>> find(dw_reader& reader, uint32_t number);

private:
    Expected<std::shared_ptr<const SerializerPlugin>> load(const std::string& json);

    std::mutex mutex_;
    std::vector<std::filesystem::path> folders_;                             // guarded by mutex_
    std::map<std::string, std::shared_ptr<const SerializerPlugin>> loaded_;  // by document; guarded by mutex_
};

}  // namespace dumbwaiter
