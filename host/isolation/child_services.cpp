// SPDX-License-Identifier: BSD-3-Clause
#include "child_services.hpp"

#include <fmt/format.h>

#include <utility>

#include "codec.hpp"
#include "control.hpp"
#include "documents.hpp"
#include "serializer_numbers.hpp"

namespace dumbwaiter {

namespace {

thread_local channel::WorkerEnd* t_end = nullptr;

Expected<dw_serializer_info> open_serializer(const SerializerFacts& facts, const Manifest& manifest,
                                             const Registry& registry)
{
    const auto open = registry.serializer_infos.find(facts.name());
    return open != registry.serializer_infos.end() ? Expected<dw_serializer_info>(open->second)
                                                   : open_serializer_here(facts, manifest);
}

}  // namespace

void ChildServices::attach(channel::WorkerEnd& end)
{
    t_end = &end;
}

Expected<Document> ChildServices::read(std::string_view name)
{
    if (t_end == nullptr) return failure(Code::kUnsupported, "dw_read is for the thread of the call");
    const auto stored = t_end->ask(name);
    if (!stored) return std::unexpected(stored.error());
    if (stored->serializer <= static_cast<uint8_t>(Serializer::kCbor)) {
        return decode(static_cast<Serializer>(stored->serializer), stored->payload);
    }
    // A deserializer may itself read, and what it is given must stay.
    const std::string facts(stored->facts), payload(stored->payload);
    return decode_by_plugin(std::string(name), stored->serializer, facts, payload);
}

Expected<Document> ChildServices::decode_by_plugin(const std::string& name, uint8_t number, std::string_view facts,
                                                   std::string_view payload)
{
    const auto plugin = plugin_for(number, facts);
    if (!plugin) return within(fmt::format("its serializer {}", number), plugin.error());
    Call call;
    return deserialize(**plugin, {.name = name.c_str()}, call, payload);
}

Expected<const SerializerPlugin*> ChildServices::plugin_for(uint8_t number, std::string_view facts_json)
{
    const std::lock_guard lock(mutex_);
    auto at = plugins_.find(number);
    if (at == plugins_.end()) {
        const SerializerFacts facts = parse_serializer_facts(facts_json);
        auto options = decode(Serializer::kJson, facts.options);
        const auto info = open_serializer(facts, manifest_, registry_);
        at = plugins_
                 .emplace(number, info ? Expected<SerializerPlugin>(SerializerPlugin{
                                             facts.name(), *info, options ? std::move(*options) : Document{}})
                                       : std::unexpected(info.error()))
                 .first;
    }
    if (!at->second) return std::unexpected(at->second.error());
    return &*at->second;
}

void ChildServices::log(std::string_view function, uint32_t level, std::string_view text)
{
    // Never waits for a host that is slow: a log line is worth less than the function's time.
    control::send(socket_,
                  {.kind = control::Kind::kLog,
                   .worker = 0,
                   .number = level,
                   .name = std::string(function),
                   .text = std::string(text)},
                  false);
}

}  // namespace dumbwaiter
