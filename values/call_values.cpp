// SPDX-License-Identifier: BSD-3-Clause
//
// How a call looks into its arguments and into what it read: handles, steps, conversions. Handles come from a plugin
// and are trusted in nothing.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "call.hpp"
#include "describe.hpp"

namespace dumbwaiter {
namespace {

constexpr int64_t kExactInF64 = int64_t{1} << 53;

std::string counted(uint64_t count, const char* one, const char* many)
{
    return count == 1 ? fmt::format("there is 1 {}", one) : fmt::format("there are {} {}", count, many);
}

}  // namespace

std::optional<Call::Place> Call::find(dw_value value)
{
    const uint64_t high = value >> 32;
    const auto node = static_cast<uint32_t>(value);
    const Document* document = nullptr;
    if (high == 1) document = context_.args;
    if (high == 2) document = context_.kwargs;
    if (high > 2 && high - 3 < reads_.size()) document = &reads_[high - 3].document;
    if (value >= kValue) document = context_.value;
    if (document == nullptr || node >= document->nodes.size()) {
        fault(DW_MISUSE, fmt::format("{:#x} is not a value of this call", value));
        return std::nullopt;
    }
    return Place{document, static_cast<uint32_t>(high - 1), node};
}

dw_value Call::handle(const Place& near, uint32_t node)
{
    return (uint64_t{near.index} + 1) << 32 | node;
}

std::string Call::path(const Place& place) const
{
    const std::string inside = place_in(*place.document, place.node);
    if (place.index == 0) return "args" + inside;
    if (place.index == 1) return "kwargs" + inside;
    if (place.document == context_.value) return "value" + inside;
    return reads_[place.index - 2].name + inside;
}

int32_t Call::mismatch(const Place& place, std::string_view wanted)
{
    return fault(DW_TYPE_MISMATCH,
                 fmt::format("{} is {}, {} {} wanted", path(place), describe(*place.document, place.node), wanted,
                             wanted == type_name(Type::kBytes) ? "were" : "was"));
}

// Node of the index-th child (of a map: its key), which must be there.
uint32_t Call::step_to(const Place& place, uint64_t index)
{
    const auto& nodes = place.document->nodes;
    auto known = std::find_if(cursors_.begin(), cursors_.end(), [&](const Cursor& cursor) {
        return cursor.document == place.document && cursor.container == place.node;
    });
    Cursor cursor{place.document, place.node, place.node + 1, 0};
    if (known == cursors_.end()) {
        --known;  // the one that nobody came back to for longest gives way
    } else if (known->index <= index) {
        cursor = *known;
    }
    const bool is_map = place.it().type == Type::kMap;
    for (; cursor.index < index; ++cursor.index) cursor.node = nodes[is_map ? cursor.node + 1 : cursor.node].end;
    std::move_backward(cursors_.begin(), known, known + 1);
    cursors_.front() = cursor;
    return cursor.node;
}

Type Call::type(dw_value value)
{
    const auto place = find(value);
    return place ? place->it().type : Type::kNull;
}

uint64_t Call::count(dw_value value)
{
    const auto place = find(value);
    return place ? place->it().size : 0;
}

int32_t Call::at(dw_value array, uint64_t index, dw_value* out)
{
    const auto place = find(array);
    if (!place) return DW_MISUSE;
    const Node& it = place->it();
    if (it.type != Type::kArray) return mismatch(*place, "an array");
    if (index >= it.size) {
        const std::string there =
            array == kArgs ? counted(it.size, "argument", "arguments") : counted(it.size, "element", "elements");
        return fault(DW_NOT_FOUND, fmt::format("{}[{}] is missing: {}", path(*place), index, there));
    }
    *out = handle(*place, step_to(*place, index));
    return DW_OK;
}

int32_t Call::get(dw_value map, const char* key, dw_value* out)
{
    const auto place = find(map);
    if (!place) return DW_MISUSE;
    if (key == nullptr) return fault(DW_MISUSE, "dw_get without a key");
    const Node& it = place->it();
    if (it.type != Type::kMap) return mismatch(*place, "a map");
    const Document& document = *place->document;
    const std::string_view wanted(key);
    for (uint32_t node = place->node + 1; node < it.end; node = document.nodes[node + 1].end) {
        if (document.text_of(document.nodes[node]) != wanted) continue;
        *out = handle(*place, node + 1);
        return DW_OK;
    }
    return fault(DW_NOT_FOUND, fmt::format("{}{} is missing", path(*place), key_step(wanted)));
}

int32_t Call::entry(dw_value map, uint64_t index, const char** key, uint64_t* length, dw_value* out)
{
    const auto place = find(map);
    if (!place) return DW_MISUSE;
    const Node& it = place->it();
    if (it.type != Type::kMap) return mismatch(*place, "a map");
    if (index >= it.size) {
        return fault(DW_NOT_FOUND, fmt::format("entry {} of {} is missing: {}", index, path(*place),
                                               counted(it.size, "entry", "entries")));
    }
    const uint32_t node = step_to(*place, index);
    const std::string_view text = place->document->text_of(place->document->nodes[node]);
    *key = text.data();
    *length = text.size();
    *out = handle(*place, node + 1);
    return DW_OK;
}

int32_t Call::as_bool(dw_value value, int32_t* out)
{
    const auto place = find(value);
    if (!place) return DW_MISUSE;
    if (place->it().type != Type::kBool) return mismatch(*place, "a bool");
    *out = place->it().i64 != 0;
    return DW_OK;
}

int32_t Call::as_i64(dw_value value, int64_t* out)
{
    const auto place = find(value);
    if (!place) return DW_MISUSE;
    const Node& it = place->it();
    const bool fits = it.type == Type::kI64 || (it.type == Type::kU64 && it.u64 <= INT64_MAX);
    if (!fits) return mismatch(*place, "an i64");
    *out = it.i64;
    return DW_OK;
}

int32_t Call::as_u64(dw_value value, uint64_t* out)
{
    const auto place = find(value);
    if (!place) return DW_MISUSE;
    const Node& it = place->it();
    const bool fits = it.type == Type::kU64 || (it.type == Type::kI64 && it.i64 >= 0);
    if (!fits) return mismatch(*place, "a u64");
    *out = it.u64;
    return DW_OK;
}

int32_t Call::as_f64(dw_value value, double* out)
{
    const auto place = find(value);
    if (!place) return DW_MISUSE;
    const Node& it = place->it();
    const bool exact = it.type == Type::kI64 && it.i64 >= -kExactInF64 && it.i64 <= kExactInF64;
    if (it.type != Type::kF64 && !exact) return mismatch(*place, "an f64");
    *out = exact ? static_cast<double>(it.i64) : it.f64;
    return DW_OK;
}

int32_t Call::as_time(dw_value value, int64_t* unix_ns)
{
    const auto place = find(value);
    if (!place) return DW_MISUSE;
    if (place->it().type != Type::kTime) return mismatch(*place, "a time");
    *unix_ns = place->it().i64;
    return DW_OK;
}

int32_t Call::as_text(Type type, dw_value value, const char** text, uint64_t* length)
{
    const auto place = find(value);
    if (!place) return DW_MISUSE;
    if (place->it().type != type) return mismatch(*place, with_article(type));
    const std::string_view held = place->document->text_of(place->it());
    *text = held.data();
    *length = held.size();
    return DW_OK;
}

int32_t Call::put_value(dw_value value)
{
    const auto place = find(value);
    if (!place) return noted(builder_.refuse(DW_MISUSE, fmt::format("{:#x} is not a value of this call", value)));
    return noted(builder_.put_subtree(*place->document, place->node));
}

}  // namespace dumbwaiter
