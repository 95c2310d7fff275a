// SPDX-License-Identifier: BSD-3-Clause
//
// The JSON documents that the store itself looks into. Unknown fields are passed over: they may grow at any time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "status.hpp"

namespace dumbwaiter {

inline constexpr int64_t kStoreFormat = 1;

// #info, key "store".
struct StoreInfo {
    int64_t format = kStoreFormat;
    std::string creator;     // "dumbwaiter VERSION"
    uint64_t map_size = 0;   // a reader that cannot take it from the file opens with at least this
    std::string created;     // RFC 3339
    std::string boot_id;     // of the boot in which it was last open for writing
    std::string durability;  // "full", "relaxed", "volatile": what it was last open with
    bool clean = false;      // false while a host has it open
};
std::string to_json(const StoreInfo& info);
// kIncompatible: not JSON of ours, or of a format above kStoreFormat. `where` begins the message.
Expected<StoreInfo> parse_store_info(std::string_view json, std::string_view where);

// Of an environment without #info.
Error lacks_info(std::string_view where);

// What #functions says of one name; zero where it is silent. Taken from what a host wrote: JSON is not checked for, as
// a start does this a million times.
struct FunctionFacts {
    uint64_t value_sequence = 0, error_sequence = 0, max_saved = 0;
    uint64_t bound_from_value = 0, bound_from_error = 0;  // max_saved holds once a later one was added
};
FunctionFacts parse_function_facts(std::string_view json);

// #host, key "host": which process it is. Zero or empty where it is silent.
struct HostIdentity {
    int64_t pid = 0;
    uint64_t start_time = 0;  // field 22 of /proc/PID/stat
    std::string boot_id;
    uint64_t pid_namespace = 0;  // inode of /proc/self/ns/pid
    std::string heartbeat;       // RFC 3339
};
HostIdentity parse_host_identity(std::string_view json);

// #serializers, key = the number: whose number it is.
struct SerializerFacts {
    uint64_t number = 0;
    std::string library;  // a file name; empty where the document is none of ours
    std::string symbol, media_type;
    std::string options = "{}";  // JSON, an object
    std::string name() const { return library + ":" + symbol; }
};
std::string to_json(const SerializerFacts& facts);
SerializerFacts parse_serializer_facts(std::string_view json);

bool is_json(std::string_view text);

}  // namespace dumbwaiter
