// SPDX-License-Identifier: BSD-3-Clause
#include "store_services.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "codec.hpp"
#include "log.hpp"
#include "record.hpp"
#include "serializer_plugin.hpp"

namespace dumbwaiter {

// By a plugin on the thread of the call that reads, in a call of its own.
Expected<Document> StoreServices::decode_stored(std::string_view name, uint8_t serializer,
                                                std::string_view payload) const
{
    if (serializer <= static_cast<uint8_t>(Serializer::kCbor)) {
        return decode(static_cast<Serializer>(serializer), payload);
    }
    const auto known = serializers();
    const auto slot = known->slots.find(serializer);
    if (slot == known->slots.end()) {
        return failure(Code::kUnsupported, fmt::format("its serializer {} is not in #serializers", serializer));
    }
    if (!slot->second.plugin) {
        return failure(Code::kUnsupported, fmt::format("its serializer {}: {}", serializer, slot->second.fault));
    }
    Call call;
    const std::string name_text(name);
    return deserialize(*slot->second.plugin, {.name = name_text.c_str()}, call, payload);
}

Expected<Document> StoreServices::read(std::string_view name)
{
    const auto found = stored(name);
    if (!found) return std::unexpected(found.error());
    return decode_stored(name, found->serializer, found->payload);
}

Expected<StoreServices::Stored> StoreServices::stored(std::string_view name)
{
    const auto known = serializers();
    const auto facts_of = [&](uint8_t serializer) {
        const auto slot = known->slots.find(serializer);
        return slot == known->slots.end() ? std::string() : slot->second.facts;
    };
    if (auto pending = sink_.newest(name)) {
        return Stored{pending->serializer, facts_of(pending->serializer), std::move(pending->payload)};
    }
    std::string bytes;
    if (const Status found = store_.newest(name, bytes); !found) return std::unexpected(found.error());
    const Expected<Record> record = decode_record(name, bytes);
    if (!record) return std::unexpected(record.error());
    return Stored{record->serializer, facts_of(record->serializer), std::string(record->payload)};
}

void StoreServices::log(std::string_view function, uint32_t level, std::string_view text)
{
    // Its text is a field, which is quoted: as the sentence it could look like fields of ours.
    dumbwaiter::log(static_cast<LogLevel>(std::min<uint32_t>(level, DW_LOG_ERROR)), "plugin", "says",
                    {{"name", std::string(function)}, {"text", std::string(text)}});
}

}  // namespace dumbwaiter
