// SPDX-License-Identifier: BSD-3-Clause
//
// JSON and MessagePack by nlohmann-json; the only file that includes it. Decoding goes straight onto the tape, encoding
// over its tree, but for scalars, which most results are.
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base64.hpp"
#include "codec.hpp"
#include "codec_formats.hpp"
#include "msgpack_timestamp.hpp"
#include "rfc3339.hpp"
#include "utf8.hpp"

namespace dumbwaiter {
namespace {

using Json = nlohmann::ordered_json;
using Bytes = Json::binary_t;

// Extension type -1 of MessagePack, as nlohmann-json hands it out: the byte, unsigned.
constexpr uint64_t kTimestamp = 0xff;

enum class Style {
    kJson,     // finite floats and no bytes; times are text
    kPeople,   // as kJson, and the rest as an object of one entry
    kMsgpack,  // bytes and times of its own
};

Json single(const char* key, std::string text)
{
    Json object = Json::object();
    object[key] = std::move(text);
    return object;
}

Json float_leaf(double number, Style style)
{
    if (style != Style::kPeople || std::isfinite(number)) return number;
    return single("f64", std::isnan(number) ? "nan" : number < 0 ? "-inf" : "inf");
}

Json text_leaf(Type type, std::string_view text, Style style)
{
    if (type == Type::kBytes && style == Style::kMsgpack) return Json::binary({text.begin(), text.end()});
    const bool shown_as_text = type == Type::kStr && (style != Style::kPeople || is_utf8(text));
    return shown_as_text ? Json(std::string(text)) : single("base64", base64(text));
}

Json tree(const Document& from, uint32_t at, Style style)
{
    const Node& node = from.nodes[at];
    switch (node.type) {
        case Type::kNull: return nullptr;
        case Type::kBool: return node.i64 != 0;
        case Type::kI64: return node.i64;
        case Type::kU64: return node.u64;
        case Type::kF64: return float_leaf(node.f64, style);
        case Type::kStr:
        case Type::kBytes: return text_leaf(node.type, from.text_of(node), style);
        case Type::kTime:
            return style == Style::kMsgpack ? Json::binary(msgpack_timestamp(node.i64), kTimestamp)
                                            : Json(rfc3339(node.i64));
        case Type::kArray: {
            Json::array_t elements;
            elements.reserve(node.size);
            for (uint32_t i = at + 1; i < node.end; i = from.nodes[i].end) elements.push_back(tree(from, i, style));
            return elements;
        }
        case Type::kMap: {
            Json::object_t entries;
            entries.reserve(node.size);
            for (uint32_t key = at + 1; key < node.end; key = from.nodes[key + 1].end) {
                // The vector's own insertion: ordered_map's looks at every key before it.
                entries.emplace_back(std::string(from.text_of(from.nodes[key])), tree(from, key + 1, style));
            }
            return entries;
        }
    }
    return nullptr;
}

std::string dump(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

template <typename Integer>
void append_integer(Integer number, std::string& out)
{
    char digits[24];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_float(double number, std::string& out)
{
    char digits[64];
    out.append(digits, nlohmann::detail::to_chars(digits, digits + sizeof digits, number));
}

bool needs_no_escape(std::string_view text)
{
    for (const char c : text) {
        if (c < 0x20 || c > 0x7e || c == '"' || c == '\\') return false;
    }
    return true;
}

// The scalars that come most, spelled as nlohmann-json does, without its machinery; false for the rest.
bool append_scalar(const Document& value, uint32_t at, std::string& out)
{
    const Node& node = value.nodes[at];
    switch (node.type) {
        case Type::kNull: out += "null"; return true;
        case Type::kBool: out += node.i64 != 0 ? "true" : "false"; return true;
        case Type::kI64: append_integer(node.i64, out); return true;
        case Type::kU64: append_integer(node.u64, out); return true;
        case Type::kF64:
            if (!std::isfinite(node.f64)) return false;
            append_float(node.f64, out);
            return true;
        case Type::kStr:
            if (!needs_no_escape(value.text_of(node))) return false;
            out += '"';
            out += value.text_of(node);
            out += '"';
            return true;
        default: return false;
    }
}

// nlohmann-json's SAX interface, onto a tape. Returning false ends the parse.
class TapeWriter {
public:
    explicit TapeWriter(Document& document) : document_(document) {}

    bool null()
    {
        count_value();
        document_.append(Type::kNull);
        return true;
    }
    bool boolean(bool truth)
    {
        count_value();
        document_.append_i64(Type::kBool, truth ? 1 : 0);
        return true;
    }
    bool number_integer(Json::number_integer_t number)
    {
        count_value();
        document_.append_i64(Type::kI64, number);
        return true;
    }
    bool number_unsigned(Json::number_unsigned_t number)
    {
        count_value();
        document_.append_unsigned(number);
        return true;
    }
    bool number_float(Json::number_float_t number, const std::string&)
    {
        count_value();
        document_.append_f64(number);
        return true;
    }
    bool string(std::string& text)
    {
        count_value();
        return append_str(text);
    }
    bool binary(Bytes& bytes)
    {
        count_value();
        if (!bytes.has_subtype()) {
            document_.append_text(Type::kBytes, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
            return true;
        }
        if ((bytes.subtype() & 0xff) != kTimestamp) return stop("an extension type other than a timestamp");
        const auto unix_ns = parse_msgpack_timestamp(bytes);
        if (!unix_ns) return stop("a timestamp that is none, or out of range");
        document_.append_i64(Type::kTime, *unix_ns);
        return true;
    }
    bool start_object(size_t) { return open(Type::kMap); }
    bool key(std::string& text)
    {
        ++levels_.back().size;
        return append_str(text);
    }
    bool end_object() { return close(); }
    bool start_array(size_t) { return open(Type::kArray); }
    bool end_array() { return close(); }
    bool parse_error(size_t position, const std::string&, const Json::exception&)
    {
        return stop(fmt::format("byte {} is not what may stand there", position));
    }

    const std::string& fault() const { return fault_; }

private:
    struct Level {
        uint32_t node;
        uint64_t size;
    };

    void count_value()
    {
        if (!levels_.empty() && document_.nodes[levels_.back().node].type == Type::kArray) ++levels_.back().size;
    }
    bool append_str(const std::string& text)
    {
        if (!is_utf8(text)) return stop("a text that is not UTF-8");
        document_.append_text(Type::kStr, text);
        return true;
    }
    bool open(Type type)
    {
        count_value();
        if (levels_.size() >= kMaxDepth) return stop(fmt::format("it nests deeper than {} levels", kMaxDepth));
        levels_.push_back({document_.open(type), 0});
        return true;
    }
    bool close()
    {
        document_.close(levels_.back().node, levels_.back().size);
        levels_.pop_back();
        return true;
    }
    bool stop(std::string why)
    {
        fault_ = std::move(why);
        return false;
    }

    Document& document_;
    std::vector<Level> levels_;
    std::string fault_;
};

Expected<Document> parse(std::string_view bytes, Json::input_format_t format, const char* name)
{
    Document document;
    TapeWriter writer(document);
    try {
        if (Json::sax_parse(bytes.begin(), bytes.end(), &writer, format, true)) return document;
    } catch (const Json::exception& e) {
        return failure(Code::kDamaged, fmt::format("malformed {}: {}", name, e.what()));
    }
    return failure(Code::kDamaged, fmt::format("malformed {}: {}", name, writer.fault()));
}

}  // namespace

void encode_json(const Document& value, std::string& out)
{
    if (!append_scalar(value, 0, out)) out += dump(tree(value, 0, Style::kJson));
}

void encode_msgpack(const Document& value, std::string& out)
{
    Json::to_msgpack(tree(value, 0, Style::kMsgpack), nlohmann::detail::output_adapter<char>(out));
}

Expected<Document> decode_json(std::string_view bytes)
{
    // The parser takes a NUL for the end of the text and would not see what follows it.
    const size_t nul = bytes.find('\0');
    if (nul != std::string_view::npos)
        return failure(Code::kDamaged, fmt::format("malformed json: NUL at byte {}", nul));
    return parse(bytes, Json::input_format_t::json, "json");
}

Expected<Document> decode_msgpack(std::string_view bytes)
{
    return parse(bytes, Json::input_format_t::msgpack, "msgpack");
}

std::string to_json(const Document& value, uint32_t node)
{
    std::string text;
    if (value.empty()) return "null";
    if (!append_scalar(value, node, text)) text = dump(tree(value, node, Style::kPeople));
    return text;
}

// JSON lets DEL and the controls of two bytes (U+0080 to U+009F) pass, and terminals obey them.
std::string json_quote(std::string_view text)
{
    const std::string quoted = dump(Json(std::string(text)));
    std::string tame;
    tame.reserve(quoted.size());
    for (size_t i = 0; i < quoted.size(); ++i) {
        const auto byte = static_cast<unsigned char>(quoted[i]);
        const auto next = static_cast<unsigned char>(i + 1 < quoted.size() ? quoted[i + 1] : 0xff);
        if (byte == 0x7f) {
            tame += "\\u007f";
        } else if (byte == 0xc2 && next < 0xa0) {
            tame += fmt::format("\\u{:04x}", next);
            ++i;
        } else {
            tame += quoted[i];
        }
    }
    return tame;
}

}  // namespace dumbwaiter
