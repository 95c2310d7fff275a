// SPDX-License-Identifier: BSD-3-Clause
//
// serializer_plugin.hpp: what plugins' serializers leave, and what becomes of those that misbehave.
#include "serializer_plugin.hpp"

#include <doctest/doctest.h>
#include <dumbwaiter/serializer.h>

#include <filesystem>

#include "codec.hpp"
#include "samples.hpp"
#include "serializer_library.hpp"

using namespace dumbwaiter;
namespace s = dumbwaiter::samples;

namespace {

SerializerPlugin plugin(const std::string& symbol, const std::string& library = "serializers.so")
{
    const auto info = open_serializer(std::filesystem::path(TEST_PLUGINS_DIR) / library, symbol);
    REQUIRE_MESSAGE(info, info.error().message);
    return {library + ":" + symbol, *info, s::map()};
}

Expected<std::string> written(const SerializerPlugin& plugin, const Document& value, uint64_t limit = 0)
{
    Call call;
    std::string out;
    const Status status = serialize(plugin, {.result_limit = limit}, call, value, out);
    if (!status) return std::unexpected(status.error());
    return out;
}

Expected<Document> read_back(const SerializerPlugin& plugin, std::string_view bytes)
{
    Call call;
    return deserialize(plugin, {}, call, bytes);
}

}  // namespace

TEST_CASE("the pieces that a serializer puts are joined, and come back as the value")
{
    const SerializerPlugin hex = plugin("hex");
    CHECK(*written(hex, s::array(s::i64(1), s::boolean(true))) == "5b312c747275655d");
    for (const Document& value :
         {s::null(), s::f64(0.5), s::str("é"), s::map(s::Entry{"a", s::array(s::u64(UINT64_MAX))})}) {
        const auto bytes = written(hex, value);
        REQUIRE(bytes);
        const auto back = read_back(hex, *bytes);
        REQUIRE(back);
        CHECK(same(*back, value));
    }
}

TEST_CASE("a serializer that fails, throws or leaves no bytes says so in one sentence that begins with its name")
{
    struct Row {
        const char *library, *symbol, *text;
        Code code = Code::kInvalidArgument;
    };
    for (const Row& row : {Row{"serializers.so", "refuses", "refuses: it has no wish to"},
                           Row{"serializers.so", "silent", "silent: no bytes were put"},
                           Row{"serializers.so", "same_value", "same_value: a serializer leaves bytes"},
                           Row{"serializers.so", "number", "number: a serializer leaves bytes"},
                           Row{"serializers.so", "code", "code: it returned 77"},
                           Row{"serializers.so", "reads", "reads: reading the value of other: a serializer reads no"},
                           Row{"serializers.so", "floods", "floods: the result is larger", Code::kTooLarge},
                           Row{"serializer_throws.so", "writing", "threw std::runtime_error: thrown while it wrote"}}) {
        CAPTURE(row.symbol);
        const auto bytes = written(plugin(row.symbol, row.library), s::i64(1), 100'000);
        REQUIRE_FALSE(bytes);
        CHECK(bytes.error().code == row.code);
        CHECK_MESSAGE(bytes.error().message.find(row.text) != std::string::npos, bytes.error().message);
        CHECK(bytes.error().message.starts_with("its serializer " + std::string(row.library)));
    }
}

TEST_CASE("bytes that a serializer does not take are damaged")
{
    CHECK(read_back(plugin("hex"), "5x").error().code == Code::kDamaged);
    CHECK(read_back(plugin("hex"), "5b").error().message.find("malformed json") != std::string::npos);
    CHECK(read_back(plugin("one_way"), "x").error().message.ends_with("it cannot read what it wrote"));
    CHECK(read_back(plugin("reading", "serializer_throws.so"), "x").error().message.ends_with("threw int"));
}

TEST_CASE("what a serializer throws is kept as UTF-8")
{
    const SerializerPlugin latin = plugin("latin", "serializer_throws.so");
    CHECK(written(latin, s::i64(1)).error().message.ends_with("threw std::runtime_error: caf\xef\xbf\xbd"));
    CHECK(read_back(latin, "x").error().message.ends_with("threw std::runtime_error: caf\xef\xbf\xbd"));
}

TEST_CASE("a serializer of another version, another size or without code is refused before it is called")
{
    struct Row {
        const char *symbol, *text;
    };
    for (const Row& row : {Row{"newer", "needs plugin ABI 1.7"}, Row{"strict", "flags 0x100000"},
                           Row{"liar", "says that it is 4096 bytes long"}, Row{"no_code", "serialize is NULL"}}) {
        CAPTURE(row.symbol);
        const auto info = open_serializer(std::filesystem::path(TEST_PLUGINS_DIR) / "serializers.so", row.symbol);
        REQUIRE_FALSE(info);
        CHECK(info.error().code == Code::kIncompatible);
        CHECK_MESSAGE(info.error().message.find(row.text) != std::string::npos, info.error().message);
    }
    const auto none = open_serializer(std::filesystem::path(TEST_PLUGINS_DIR) / "serializers.so", "function");
    CHECK(none.error().code == Code::kNotFound);
    CHECK_FALSE(open_serializer("/nowhere/libnone.so", "hex"));
}

TEST_CASE("the serializer extension encodes any part of a value, and names what it cannot do")
{
    const Document args = s::array(s::i64(1), s::map(s::Entry{"a", s::bytes("\xff")}));
    Call call;
    call.begin({.args = &args});
    dw_value second = 0, decoded = 0;
    const void* bytes = nullptr;
    uint64_t length = 0;
    REQUIRE(dw_at(&call, dw_args(&call), 1, &second) == DW_OK);
    REQUIRE(dw_encode(&call, second, "cbor", &bytes, &length) == DW_OK);
    CHECK(std::string_view(static_cast<const char*>(bytes), length) == "\xa1\x61\x61\x41\xff");
    REQUIRE(dw_decode(&call, "cbor", bytes, length, &decoded) == DW_OK);
    CHECK(dw_put_value(&call, decoded) == DW_OK);
    CHECK(same(call.result().document(), s::map(s::Entry{"a", s::bytes("\xff")})));
    CHECK(dw_encode(&call, second, "yaml", &bytes, &length) == DW_NOT_FOUND);
    CHECK(dw_encode(&call, second, nullptr, &bytes, &length) == DW_NOT_FOUND);
    CHECK(dw_encode(&call, second, "json", &bytes, &length) == DW_MISUSE);
    CHECK(call.failure_text().find("msgpack and cbor") != std::string::npos);
    CHECK(dw_encode(&call, 5, "json", &bytes, &length) == DW_MISUSE);
    CHECK(dw_decode(&call, "json", "{", 1, &decoded) == DW_DAMAGED);
    CHECK(dw_decode(&call, "json", nullptr, 1, &decoded) == DW_MISUSE);
    CHECK(dw_extension(&call, "dumbwaiter.none/1") == nullptr);
}
