// SPDX-License-Identifier: BSD-3-Clause
//
// A serializer of a plugin, called: values to bytes and back, whatever its code does.
#pragma once

#include <dumbwaiter/plugin.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "call.hpp"
#include "document.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Numbers of plugins' serializers in records; #serializers says whose each is.
inline constexpr uint32_t kFirstPluginSerializer = 128, kLastPluginSerializer = 254;

// Immutable, so any number of threads may call it at once. The library behind it is never unloaded.
struct SerializerPlugin {
    std::string name;  // "lib.so:symbol"
    dw_serializer_info info{};
    Document options;  // a map; the kwargs of its calls
};

// Why it cannot be called; "" if it can.
std::string code_fault(const dw_serializer_info& info);

// Makes `call` anew for it, with the name, sequence, deadline, cancellation, services and limit of `context`; dw_read
// is not for serializers. Replaces `out`. kTooLarge: past the limit; kInvalidArgument: everything else that it
// returned, threw or left half done. The message begins with its name.
Status serialize(const SerializerPlugin& plugin, const CallContext& context, Call& call, const Document& value,
                 std::string& out);

// kDamaged: it does not take these bytes, whatever it says of them; kUnsupported: it says so.
Expected<Document> deserialize(const SerializerPlugin& plugin, const CallContext& context, Call& call,
                               std::string_view bytes);

}  // namespace dumbwaiter
