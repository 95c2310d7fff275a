// SPDX-License-Identifier: BSD-3-Clause
//
// What plugin calls may ask of the host: other functions' values, and the log.
#pragma once

#include "host_services.hpp"
#include "serializer_table.hpp"
#include "sink.hpp"
#include "store.hpp"

namespace dumbwaiter {

// Thread-safe. The references outlive it.
class StoreServices : public HostServices {
public:
    StoreServices(Store& store, const Sink& sink, const SerializerTable& serializers)
        : store_(store), sink_(sink), serializers_(serializers)
    {}

    // Results that wait for their commit count as well.
    Expected<Document> read(std::string_view name) override;
    Expected<Stored> stored(std::string_view name) override;
    void log(std::string_view function, uint32_t level, std::string_view text) override;

private:
    Expected<Document> decode_stored(std::string_view name, uint8_t serializer, std::string_view payload) const;

    Store& store_;
    const Sink& sink_;
    const SerializerTable& serializers_;
};

}  // namespace dumbwaiter
