// SPDX-License-Identifier: BSD-3-Clause
//
// CBOR to values: libcbor's streaming decoder finds the items, CborTape makes the tape of them.
#include <cbor.h>
#include <fmt/format.h>

#include "cbor_tape.hpp"
#include "codec_formats.hpp"

namespace dumbwaiter {
namespace {

CborTape& tape_of(void* context)
{
    return *static_cast<CborTape*>(context);
}

std::string_view view_of(cbor_data data, uint64_t length)
{
    return {reinterpret_cast<const char*>(data), length};
}

// The parameters are generic because libcbor's lengths are size_t before 0.9 and uint64_t since.
cbor_callbacks make_callbacks()
{
    cbor_callbacks on = cbor_empty_callbacks;
    on.uint8 = [](void* c, uint8_t number) { tape_of(c).unsigned_integer(number); };
    on.uint16 = [](void* c, uint16_t number) { tape_of(c).unsigned_integer(number); };
    on.uint32 = [](void* c, uint32_t number) { tape_of(c).unsigned_integer(number); };
    on.uint64 = [](void* c, uint64_t number) { tape_of(c).unsigned_integer(number); };
    on.negint8 = [](void* c, uint8_t number) { tape_of(c).negative_integer(number); };
    on.negint16 = [](void* c, uint16_t number) { tape_of(c).negative_integer(number); };
    on.negint32 = [](void* c, uint32_t number) { tape_of(c).negative_integer(number); };
    on.negint64 = [](void* c, uint64_t number) { tape_of(c).negative_integer(number); };
    on.byte_string = [](void* c, cbor_data data, auto length) { tape_of(c).text(Type::kBytes, view_of(data, length)); };
    on.byte_string_start = [](void* c) { tape_of(c).open_text(Type::kBytes); };
    on.string = [](void* c, cbor_data data, auto length) { tape_of(c).text(Type::kStr, view_of(data, length)); };
    on.string_start = [](void* c) { tape_of(c).open_text(Type::kStr); };
    on.array_start = [](void* c, auto size) { tape_of(c).open(Type::kArray, size); };
    on.indef_array_start = [](void* c) { tape_of(c).open_unbounded(Type::kArray); };
    on.map_start = [](void* c, auto size) { tape_of(c).open(Type::kMap, size); };
    on.indef_map_start = [](void* c) { tape_of(c).open_unbounded(Type::kMap); };
    on.tag = [](void* c, uint64_t number) { tape_of(c).tag(number); };
    on.float2 = [](void* c, float number) { tape_of(c).floating(number); };
    on.float4 = [](void* c, float number) { tape_of(c).floating(number); };
    on.float8 = [](void* c, double number) { tape_of(c).floating(number); };
    on.undefined = [](void* c) { tape_of(c).null(); };
    on.null = [](void* c) { tape_of(c).null(); };
    on.boolean = [](void* c, bool truth) { tape_of(c).boolean(truth); };
    on.indef_break = [](void* c) { tape_of(c).end_unbounded(); };
    return on;
}

std::unexpected<Error> malformed(size_t at, std::string_view why)
{
    return failure(Code::kDamaged, fmt::format("malformed cbor: {} at byte {}", why, at));
}

}  // namespace

Expected<Document> decode_cbor(std::string_view bytes)
{
    static const cbor_callbacks kCallbacks = make_callbacks();
    const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
    Document document;
    CborTape tape(document);
    size_t at = 0;
    while (!tape.done()) {
        const cbor_decoder_result result = cbor_stream_decode(data + at, bytes.size() - at, &kCallbacks, &tape);
        if (result.status == CBOR_DECODER_NEDATA) return malformed(at, "the end is missing");
        if (result.status != CBOR_DECODER_FINISHED) return malformed(at, "no data item");
        if (tape.failed()) return malformed(at, tape.fault());
        at += result.read;
    }
    if (at != bytes.size()) return malformed(at, "bytes after the value");
    return document;
}

}  // namespace dumbwaiter
