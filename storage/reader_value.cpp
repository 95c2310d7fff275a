// SPDX-License-Identifier: BSD-3-Clause
//
// The C functions that decode a reading: as JSON, or by a walk.
#include <fmt/format.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "codec.hpp"
#include "document.hpp"
#include "reader_reading.hpp"
#include "reader_registry.hpp"
#include "serializer_plugin.hpp"

using namespace dumbwaiter;

namespace {

constexpr uint32_t kVisitorSizeOfVersion1 = offsetof(dw_visitor, close) + sizeof(dw_visitor::close);

Expected<Document> decode_by_plugin(dw_reader* reader, uint32_t number, std::string_view bytes)
{
    if (reader == nullptr) {
        return failure(
            Code::kUnsupported,
            fmt::format("serializer {} is a plugin's: decode the reading by the reader it came from", number));
    }
    const auto plugin = reader->serializers.find(*reader, number);
    if (!plugin) return std::unexpected(plugin.error());
    Call call;
    return deserialize(**plugin, {}, call, bytes);
}

int32_t decode_reading(dw_reader* reader, const dw_reading& reading, Document& document)
{
    if (reading.data == nullptr) return refuse(DW_MISUSE, "a reading without a value cannot be decoded");
    std::string_view bytes(static_cast<const char*>(reading.data), reading.length);
    auto decoded = reading.serializer <= static_cast<uint32_t>(Serializer::kCbor)
                       ? decode(static_cast<Serializer>(reading.serializer), bytes)
                       : decode_by_plugin(reader, reading.serializer, bytes);
    if (!decoded) return refuse(std::move(decoded.error()));
    document = std::move(*decoded);
    return DW_OK;
}

int32_t reading_json(dw_reader* reader, const dw_reading& reading, char** text, uint64_t* length)
{
    Document document;
    if (int32_t code = decode_reading(reader, reading, document)) return code;
    std::string json = to_json(document);
    auto* copy = static_cast<char*>(std::malloc(json.size() + 1));
    if (copy == nullptr) throw std::bad_alloc();
    std::memcpy(copy, json.c_str(), json.size() + 1);
    *text = copy;
    if (length != nullptr) *length = json.size();
    return DW_OK;
}

// Walks the tape, which is in the visitor's order already.
class Walk {
public:
    Walk(const Document& document, const dw_visitor& visitor, void* context)
        : document_(document), visitor_(visitor), context_(context)
    {}

    // 0, or what the callback that stopped it returned.
    int node(uint32_t& at)
    {
        const Node& node = document_.nodes[at++];
        std::string_view text;
        if (node.type == Type::kStr || node.type == Type::kBytes) text = document_.text_of(node);
        switch (node.type) {
            case Type::kNull: return visitor_.null ? visitor_.null(context_) : 0;
            case Type::kBool: return visitor_.boolean ? visitor_.boolean(context_, node.i64 != 0) : 0;
            case Type::kI64: return visitor_.i64 ? visitor_.i64(context_, node.i64) : 0;
            case Type::kU64: return visitor_.u64 ? visitor_.u64(context_, node.u64) : 0;
            case Type::kF64: return visitor_.f64 ? visitor_.f64(context_, node.f64) : 0;
            case Type::kStr: return visitor_.str ? visitor_.str(context_, text.data(), text.size()) : 0;
            case Type::kBytes: return visitor_.bytes ? visitor_.bytes(context_, text.data(), text.size()) : 0;
            case Type::kTime: return visitor_.time ? visitor_.time(context_, node.i64) : 0;
            case Type::kArray: return array(node, at);
            case Type::kMap: return map(node, at);
        }
        return 0;
    }

private:
    int array(const Node& node, uint32_t& at)
    {
        if (int stop = visitor_.open_array ? visitor_.open_array(context_, node.size) : 0) return stop;
        for (uint64_t i = 0; i < node.size; i++) {
            if (int stop = this->node(at)) return stop;
        }
        return visitor_.close ? visitor_.close(context_) : 0;
    }

    int map(const Node& node, uint32_t& at)
    {
        if (int stop = visitor_.open_map ? visitor_.open_map(context_, node.size) : 0) return stop;
        for (uint64_t i = 0; i < node.size; i++) {
            std::string_view key = document_.text_of(document_.nodes[at++]);
            if (int stop = visitor_.key ? visitor_.key(context_, key.data(), key.size()) : 0) return stop;
            if (int stop = this->node(at)) return stop;
        }
        return visitor_.close ? visitor_.close(context_) : 0;
    }

    const Document& document_;
    const dw_visitor& visitor_;
    void* context_;
};

}  // namespace

extern "C" {

int32_t dw_reading_json(dw_reader* reader, const dw_reading* reading, char** text, uint64_t* length)
{
    if (text != nullptr) *text = nullptr;
    if (length != nullptr) *length = 0;
    if (!is_reading(reading) || text == nullptr) {
        return refuse(DW_MISUSE, "dw_reading_json: no reading, or nowhere to leave the text");
    }
    return at_edge([&] { return reading_json(reader, *reading, text, length); });
}

int32_t dw_reading_walk(dw_reader* reader, const dw_reading* reading, const dw_visitor* visitor, void* context)
{
    if (!is_reading(reading) || visitor == nullptr || visitor->struct_size < kVisitorSizeOfVersion1) {
        return refuse(DW_MISUSE, "dw_reading_walk: no reading, or a visitor without its struct_size");
    }
    Document document;
    if (int32_t code = at_edge([&] { return decode_reading(reader, *reading, document); })) return code;
    uint32_t at = 0;
    if (Walk(document, *visitor, context).node(at) == 0) return DW_OK;
    return refuse(DW_CANCELLED, "the walk was stopped by its visitor");
}

}  // extern "C"
