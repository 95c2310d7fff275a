// SPDX-License-Identifier: BSD-3-Clause
//
// What plugin calls may ask of the host: other functions' values, and the log.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include "host_services.hpp"
#include "serializer_table.hpp"
#include "sink.hpp"
#include "store.hpp"

namespace dumbwaiter {

// Thread-safe. The references outlive it.
class StoreServices : public HostServices {
public:
    StoreServices(Store& store, const Sink& sink, SerializerTable serializers) : store_(store), sink_(sink)
    {
        use(std::move(serializers));
    }

    // What is there stays.
    void add(const SerializerTable& more)
    {
        SerializerTable table = *serializers();
        for (const auto& [number, slot] : more.slots) {
            SerializerTable::Slot& known = table.slots[number];
            known.facts = slot.facts;
            if (slot.plugin) known.plugin = slot.plugin;
        }
        use(std::move(table));
    }

    // Results that wait for their commit count as well.
    Expected<Document> read(std::string_view name) override;
    Expected<Stored> stored(std::string_view name) override;
    void log(std::string_view function, uint32_t level, std::string_view text) override;

private:
    void use(SerializerTable serializers)
    {
        const std::lock_guard lock(mutex_);
        serializers_ = std::make_shared<const SerializerTable>(std::move(serializers));
    }
    std::shared_ptr<const SerializerTable> serializers() const
    {
        const std::lock_guard lock(mutex_);
        return serializers_;
    }
    Expected<Document> decode_stored(std::string_view name, uint8_t serializer, std::string_view payload) const;

    Store& store_;
    const Sink& sink_;
    mutable std::mutex mutex_;
    std::shared_ptr<const SerializerTable> serializers_;  // guarded by mutex_
};

}  // namespace dumbwaiter
