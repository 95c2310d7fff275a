// SPDX-License-Identifier: BSD-3-Clause
#include "postgres_values.hpp"

#include <charconv>
#include <cstdlib>
#include <ctime>
#include <memory>

#include "json_text.h"
#include "postgres_array.hpp"
#include "postgres_time.hpp"

namespace {

using dumbwaiter::Failed;

enum class Kind { kText, kBool, kInteger, kFloat, kJson, kBytes, kTime };

// Type and array type of pg_type.dat, which never change.
struct KnownType {
    Oid oid, array;
    Kind kind;
};
constexpr KnownType kTypes[] = {
    {16, 1000, Kind::kBool},    {20, 1016, Kind::kInteger}, {21, 1005, Kind::kInteger}, {23, 1007, Kind::kInteger},
    {26, 1028, Kind::kInteger}, {700, 1021, Kind::kFloat},  {701, 1022, Kind::kFloat},  {114, 199, Kind::kJson},
    {3802, 3807, Kind::kJson},  {17, 1001, Kind::kBytes},   {1082, 1182, Kind::kTime},  {1114, 1115, Kind::kTime},
    {1184, 1185, Kind::kTime},  {25, 1009, Kind::kText},    {1043, 1015, Kind::kText},  {1042, 1014, Kind::kText},
    {19, 1003, Kind::kText},    {1700, 1231, Kind::kText},  {2950, 2951, Kind::kText},  {1083, 1183, Kind::kText},
    {1266, 1270, Kind::kText},  {1186, 1187, Kind::kText},  {869, 1041, Kind::kText},   {650, 651, Kind::kText},
    {829, 1040, Kind::kText},   {790, 791, Kind::kText},
};

std::int32_t put_text(dw_call* call, std::string_view text)
{
    return dw_put_str(call, text.data(), text.size());
}

std::int32_t put_integer(dw_call* call, std::string_view text)
{
    std::int64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? dw_put_i64(call, number) : put_text(call, text);
}

std::int32_t put_bytes(dw_call* call, std::string_view text)
{
    std::size_t length = 0;
    std::string const terminated(text);
    std::unique_ptr<unsigned char, decltype(&PQfreemem)> const bytes(
        PQunescapeBytea(reinterpret_cast<const unsigned char*>(terminated.c_str()), &length), PQfreemem);
    return bytes ? dw_put_bytes(call, bytes.get(), length) : dw_fail(call, "out of memory");
}

// "infinity" and years before Christ stay text.
std::int32_t put_time(dw_call* call, std::string_view text)
{
    auto const time = parse_timestamp(text);
    return time ? dw_put_time(call, *time) : put_text(call, text);
}

std::int32_t put_kind(dw_call* call, Kind kind, std::string_view text)
{
    switch (kind) {
        case Kind::kBool: return dw_put_bool(call, text == "t" ? 1 : 0);
        case Kind::kInteger: return put_integer(call, text);
        case Kind::kFloat: return dw_put_f64(call, std::strtod(std::string(text).c_str(), nullptr));
        case Kind::kJson: return put_json(call, text.data(), text.size(), "a column of json");
        case Kind::kBytes: return put_bytes(call, text);
        case Kind::kTime: return put_time(call, text);
        default: return put_text(call, text);
    }
}

}  // namespace

std::int32_t put_cell(dw_call* call, Oid type, std::string_view text)
{
    for (const KnownType& known : kTypes) {
        if (known.oid == type) return put_kind(call, known.kind, text);
        if (known.array != type) continue;
        return put_array(call, text, [&](std::string_view element) { return put_kind(call, known.kind, element); });
    }
    return put_text(call, text);
}

std::optional<std::string> parameter_text(const dumbwaiter::Argument& argument, std::size_t index)
{
    switch (argument.type()) {
        case DW_TYPE_NULL: return std::nullopt;
        case DW_TYPE_BOOL: return argument.get<bool>() ? "t" : "f";
        case DW_TYPE_I64: return std::to_string(argument.get<std::int64_t>());
        case DW_TYPE_U64: return std::to_string(argument.get<std::uint64_t>());
        case DW_TYPE_F64: {
            char text[40];
            std::snprintf(text, sizeof text, "%.17g", argument.get<double>());
            return text;
        }
        case DW_TYPE_TIME: {
            auto const since = argument.get<std::chrono::system_clock::time_point>().time_since_epoch();
            return timestamp_text(std::chrono::nanoseconds(since).count());
        }
        case DW_TYPE_STR: {
            auto text = argument.get<std::string>();
            if (text.find('\0') == std::string::npos) return text;
            throw Failed("args[" + std::to_string(index) + "] holds a NUL, which PostgreSQL's text cannot");
        }
        default:
            throw Failed(
                "args[" + std::to_string(index) +
                "] cannot be a parameter: null, bool, integers, floats, strings and times can; write an array as "
                "its text, such as \"{1,2}\", with $1::int[] in the SQL");
    }
}
