// SPDX-License-Identifier: BSD-3-Clause
#include "field.hpp"

#include "codec.hpp"

namespace dumbwaiter {

Field Field::operator[](std::string_view key) const
{
    if (!is(Type::kMap)) return {};
    const uint32_t end = node().end;
    for (uint32_t at = node_ + 1; at < end;) {
        const uint32_t value = at + 1;
        if (document_->text_of(document_->nodes[at]) == key) return {*document_, value};
        at = document_->nodes[value].end;
    }
    return {};
}

std::vector<Field> Field::elements() const
{
    std::vector<Field> all;
    if (!is(Type::kArray)) return all;
    for (uint32_t at = node_ + 1; at < node().end; at = document_->nodes[at].end) all.push_back({*document_, at});
    return all;
}

std::optional<std::string> Field::text() const
{
    if (!is(Type::kStr)) return std::nullopt;
    return std::string(document_->text_of(node()));
}

std::optional<double> Field::number() const
{
    if (is(Type::kF64)) return node().f64;
    if (is(Type::kI64)) return static_cast<double>(node().i64);
    if (is(Type::kU64)) return static_cast<double>(node().u64);
    return std::nullopt;
}

std::optional<int64_t> Field::integer() const
{
    if (!is(Type::kI64)) return std::nullopt;
    return node().i64;
}

std::optional<bool> Field::truth() const
{
    if (!is(Type::kBool)) return std::nullopt;
    return node().i64 != 0;
}

std::string Field::json() const
{
    return document_ ? to_json(*document_, node_) : "null";
}

}  // namespace dumbwaiter
