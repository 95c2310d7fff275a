// SPDX-License-Identifier: BSD-3-Clause
//
// The one file of this room that parses JSON.
#include "documents.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "json_words.hpp"

namespace dumbwaiter {

namespace {

using Json = nlohmann::ordered_json;

Json parsed(std::string_view text)
{
    Json json = Json::parse(text, nullptr, false);
    return json.is_object() ? json : Json::object();
}

uint64_t unsigned_of(const Json& json, const char* key)
{
    auto at = json.find(key);
    if (at == json.end()) return 0;
    if (at->is_number_unsigned()) return at->get<uint64_t>();
    return 0;
}

std::string text_of(const Json& json, const char* key)
{
    auto at = json.find(key);
    return at != json.end() && at->is_string() ? at->get<std::string>() : std::string();
}

bool truth_of(const Json& json, const char* key)
{
    auto at = json.find(key);
    return at != json.end() && at->is_boolean() && at->get<bool>();
}

}  // namespace

std::string to_json(const StoreInfo& info)
{
    Json json = {{"format", info.format},   {"creator", info.creator}, {"map_size", info.map_size},
                 {"created", info.created}, {"boot_id", info.boot_id}, {"durability", info.durability},
                 {"clean", info.clean}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Error lacks_info(std::string_view where)
{
    return {Code::kIncompatible,
            fmt::format("{} is not a dumbwaiter store, or its host has not filled it yet: it lacks #info", where)};
}

Expected<StoreInfo> parse_store_info(std::string_view text, std::string_view where)
{
    Json json = parsed(text);
    uint64_t format = unsigned_of(json, "format");
    if (format == 0) {
        return failure(Code::kIncompatible,
                       fmt::format("{} is not a dumbwaiter store: its #info says no format", where));
    }
    if (format > static_cast<uint64_t>(kStoreFormat)) {
        return failure(Code::kIncompatible,
                       fmt::format("{} is of store format {}, this build reads format {}; use a newer dumbwaiter",
                                   where, format, kStoreFormat));
    }
    StoreInfo info;
    info.format = static_cast<int64_t>(format);
    info.creator = text_of(json, "creator");
    info.map_size = unsigned_of(json, "map_size");
    info.created = text_of(json, "created");
    info.boot_id = text_of(json, "boot_id");
    info.durability = text_of(json, "durability");
    info.clean = truth_of(json, "clean");
    return info;
}

FunctionFacts parse_function_facts(std::string_view text)
{
    JsonWord value{"value_sequence"}, error{"error_sequence"}, max_saved{"max_saved"};
    JsonWord from_value{"bound_from_value"}, from_error{"bound_from_error"};
    find_words(text, {&value, &error, &max_saved, &from_value, &from_error});
    return {.value_sequence = value.natural().value_or(0),
            .error_sequence = error.natural().value_or(0),
            .max_saved = max_saved.natural().value_or(0),
            .bound_from_value = from_value.natural().value_or(0),
            .bound_from_error = from_error.natural().value_or(0)};
}

HostIdentity parse_host_identity(std::string_view text)
{
    Json json = parsed(text);
    HostIdentity identity;
    identity.pid = static_cast<int64_t>(unsigned_of(json, "pid"));
    identity.start_time = unsigned_of(json, "start_time");
    identity.boot_id = text_of(json, "boot_id");
    identity.pid_namespace = unsigned_of(json, "pid_namespace");
    identity.heartbeat = text_of(json, "heartbeat");
    return identity;
}

std::string to_json(const SerializerFacts& facts)
{
    Json json = {{"number", facts.number},
                 {"library", facts.library},
                 {"symbol", facts.symbol},
                 {"media_type", facts.media_type},
                 {"options", parsed(facts.options)}};
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

SerializerFacts parse_serializer_facts(std::string_view text)
{
    Json json = parsed(text);
    SerializerFacts facts{unsigned_of(json, "number"), text_of(json, "library"), text_of(json, "symbol"),
                          text_of(json, "media_type")};
    auto options = json.find("options");
    if (options != json.end() && options->is_object()) facts.options = options->dump();
    // A slash would lead out of the folders in which libraries are looked for.
    if (facts.library.find('/') != std::string::npos || facts.symbol.empty()) facts.library.clear();
    return facts;
}

bool is_json(std::string_view text)
{
    return Json::accept(text);
}

}  // namespace dumbwaiter
