// SPDX-License-Identifier: BSD-3-Clause
//
// What plugin calls in a child may ask for: the host answers over the channel, values are decoded here.
#pragma once

#include <dumbwaiter/serializer.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "call.hpp"
#include "registry.hpp"
#include "serializer_plugin.hpp"
#include "worker_end.hpp"

namespace dumbwaiter {

// Thread-safe; read() is for threads that have an end, see attach().
class ChildServices : public CallServices {
public:
    // `registry` holds what the child has open; the references outlive it.
    ChildServices(int socket, const Manifest& manifest, const Registry& registry)
        : socket_(socket), manifest_(manifest), registry_(registry)
    {}

    // The calling thread asks through `end` from now on.
    static void attach(channel::WorkerEnd& end);

    Expected<Document> read(std::string_view name) override;
    void log(std::string_view function, uint32_t level, std::string_view text) override;

private:
    Expected<Document> decode_by_plugin(const std::string& name, uint8_t number, std::string_view facts,
                                        std::string_view payload);
    Expected<const SerializerPlugin*> plugin_for(uint8_t number, std::string_view facts);

    const int socket_;
    const Manifest& manifest_;
    const Registry& registry_;
    std::mutex mutex_;
    std::map<uint8_t, Expected<SerializerPlugin>> plugins_;  // guarded by mutex_; entries stay
};

}  // namespace dumbwaiter
