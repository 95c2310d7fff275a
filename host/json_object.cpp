// SPDX-License-Identifier: BSD-3-Clause
#include "json_object.hpp"

#include "codec.hpp"
#include "field.hpp"

namespace dumbwaiter {

namespace {
constexpr uint64_t kMostBytes = 1 << 20;
}

JsonObject::JsonObject()
{
    builder_.begin(kMostBytes);
    builder_.open_map();
}

Builder& JsonObject::field(std::string_view key)
{
    builder_.key(key);
    return builder_;
}

JsonObject& JsonObject::text(std::string_view key, std::string_view value)
{
    field(key).put_str(value);
    return *this;
}

JsonObject& JsonObject::integer(std::string_view key, int64_t value)
{
    field(key).put_i64(value);
    return *this;
}

JsonObject& JsonObject::real(std::string_view key, double value)
{
    field(key).put_f64(value);
    return *this;
}

JsonObject& JsonObject::boolean(std::string_view key, bool value)
{
    field(key).put_bool(value);
    return *this;
}

JsonObject& JsonObject::null(std::string_view key)
{
    field(key).put_null();
    return *this;
}

std::string JsonObject::finish()
{
    builder_.close();
    builder_.finish();
    return to_json(builder_.document());
}

std::optional<int64_t> integer_field(std::string_view json, std::string_view key)
{
    const Expected<Document> decoded = decode(Serializer::kJson, json);
    return decoded ? Field(*decoded)[key].integer() : std::nullopt;
}

std::optional<bool> boolean_field(std::string_view json, std::string_view key)
{
    const Expected<Document> decoded = decode(Serializer::kJson, json);
    return decoded ? Field(*decoded)[key].truth() : std::nullopt;
}

}  // namespace dumbwaiter
