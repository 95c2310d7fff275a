// SPDX-License-Identifier: BSD-3-Clause
//
// The serializers by number and name, what each of them can hold, and raw.
#include "codec.hpp"

#include <fmt/format.h>

#include <cmath>
#include <vector>

#include "codec_formats.hpp"
#include "describe.hpp"
#include "utf8.hpp"

namespace dumbwaiter {
namespace {

constexpr std::string_view kNames[] = {"raw", "json", "msgpack", "cbor"};

Document null_document()
{
    Document document;
    document.append(Type::kNull);
    return document;
}

// A node that a serializer cannot hold, and what it is.
struct Unfit {
    uint32_t node;
    std::string_view what;
};

std::optional<Unfit> unfit_for_json(const Document& value)
{
    for (uint32_t i = 0; i < value.nodes.size(); ++i) {
        const Node& node = value.nodes[i];
        if (node.type == Type::kBytes) return Unfit{i, "bytes"};
        if (node.type != Type::kF64 || std::isfinite(node.f64)) continue;
        return Unfit{i, std::isnan(node.f64) ? "NaN" : node.f64 < 0 ? "-infinity" : "infinity"};
    }
    return std::nullopt;
}

std::string place_or_value(const Document& value, uint32_t node)
{
    std::string place = place_in(value, node);
    if (place.empty()) return "value";
    if (place.front() == '.') place.erase(0, 1);
    return place;
}

bool nests_too_deep(const Document& value)
{
    std::vector<uint32_t> ends;
    for (uint32_t i = 0; i < value.nodes.size(); ++i) {
        while (!ends.empty() && i >= ends.back()) ends.pop_back();
        if (!is_container(value.nodes[i].type)) continue;
        if (ends.size() >= kMaxDepth) return true;
        ends.push_back(value.nodes[i].end);
    }
    return false;
}

// What holds for json, msgpack and cbor alike.
Status check_tree(const Document& value)
{
    for (uint32_t i = 0; i < value.nodes.size(); ++i) {
        if (value.nodes[i].type != Type::kStr || is_utf8(value.text_of(value.nodes[i]))) continue;
        return failure(Code::kInvalidArgument,
                       fmt::format("{} is a str that is not UTF-8: give it as bytes", place_or_value(value, i)));
    }
    if (nests_too_deep(value)) {
        return failure(Code::kTooLarge, fmt::format("value nests deeper than {} levels", kMaxDepth));
    }
    return {};
}

Status encode_raw(const Document& value, std::string& out)
{
    const Node& root = value.nodes[0];
    if (is_text(root.type)) {
        out += value.text_of(root);
        return {};
    }
    return failure(Code::kInvalidArgument,
                   fmt::format("value is {}, and raw holds one str or bytes only; {}msgpack and cbor can hold it",
                               describe(value, 0), unfit_for_json(value) ? "" : "json, "));
}

Document decode_raw(std::string_view bytes)
{
    Document document;
    document.append_text(is_utf8(bytes) ? Type::kStr : Type::kBytes, bytes);
    return document;
}

}  // namespace

std::optional<Serializer> serializer_by_name(std::string_view name)
{
    for (uint8_t i = 0; i < std::size(kNames); ++i) {
        if (kNames[i] == name) return static_cast<Serializer>(i);
    }
    return std::nullopt;
}

std::string_view serializer_name(Serializer serializer)
{
    const auto index = static_cast<uint8_t>(serializer);
    return index < std::size(kNames) ? kNames[index] : "plugin";
}

Status encode(Serializer serializer, const Document& value, std::string& out)
{
    if (value.empty()) return encode(serializer, null_document(), out);
    if (serializer == Serializer::kRaw) return encode_raw(value, out);
    if (Status status = check_tree(value); !status) return status;
    switch (serializer) {
        case Serializer::kJson:
            if (const auto unfit = unfit_for_json(value)) {
                return failure(Code::kInvalidArgument,
                               fmt::format("{} is {}, which json cannot hold; msgpack and cbor can hold it",
                                           place_or_value(value, unfit->node), unfit->what));
            }
            encode_json(value, out);
            return {};
        case Serializer::kMsgpack: encode_msgpack(value, out); return {};
        case Serializer::kCbor: encode_cbor(value, out); return {};
        default: break;
    }
    return failure(Code::kUnsupported,
                   fmt::format("serializer {} is none of the built-in ones", static_cast<int>(serializer)));
}

Expected<Document> decode(Serializer serializer, std::string_view bytes)
{
    // Every node takes at least a byte in every format, so this bounds the tape.
    if (bytes.size() >= kMaxNodes) return failure(Code::kTooLarge, "a payload of 4 GiB or more");
    switch (serializer) {
        case Serializer::kRaw: return decode_raw(bytes);
        case Serializer::kJson: return decode_json(bytes);
        case Serializer::kMsgpack: return decode_msgpack(bytes);
        case Serializer::kCbor: return decode_cbor(bytes);
    }
    return failure(Code::kUnsupported,
                   fmt::format("serializer {} is none of the built-in ones", static_cast<int>(serializer)));
}

}  // namespace dumbwaiter
