// SPDX-License-Identifier: BSD-3-Clause
#include "signature.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <optional>
#include <span>

#include "codec.hpp"
#include "describe.hpp"
#include "plural.hpp"
#include "suggestion.hpp"

namespace dumbwaiter {
namespace {

// In the order of CType.
constexpr std::string_view kNames[] = {"void", "i32", "i64", "u32", "u64", "f32", "f64", "str", "ptr"};
constexpr std::span<const std::string_view> kParameterNames = std::span(kNames).subspan(1);

// What C calls them where every 64-bit Linux agrees; without spaces.
struct Alias {
    std::string_view written, name;
};
constexpr Alias kAliases[] = {
    {"int", "i32"},
    {"signed", "i32"},
    {"int32_t", "i32"},
    {"long", "i64"},
    {"longlong", "i64"},
    {"longint", "i64"},
    {"int64_t", "i64"},
    {"ssize_t", "i64"},
    {"time_t", "i64"},
    {"off_t", "i64"},
    {"ptrdiff_t", "i64"},
    {"intptr_t", "i64"},
    {"unsigned", "u32"},
    {"unsignedint", "u32"},
    {"uint32_t", "u32"},
    {"unsignedlong", "u64"},
    {"uint64_t", "u64"},
    {"size_t", "u64"},
    {"uintptr_t", "u64"},
    {"float", "f32"},
    {"double", "f64"},
    {"char*", "str"},
    {"constchar*", "str"},
    {"charconst*", "str"},
    {"string", "str"},
    {"void*", "ptr"},
    {"constvoid*", "ptr"},
    {"pointer", "ptr"},
    {"unsignedlonglong", "u64"},
};

bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

std::string without_spaces(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (!is_space(c)) out += c;
    }
    return out;
}

std::string type_advice(std::string_view word, std::span<const std::string_view> names)
{
    if (word == "...") return " here: a function with a variable number of arguments cannot be called";
    const std::string bare = without_spaces(word);
    for (const Alias& alias : kAliases) {
        if (alias.written == bare) return fmt::format(" here: write {}", alias.name);
    }
    if (std::string near = did_you_mean(word, names); !near.empty()) return near;
    return fmt::format("; the types are {}", fmt::join(names, ", "));
}

class SignatureReader {
public:
    explicit SignatureReader(std::string_view text) : text_(text) {}

    Expected<Signature> read()
    {
        Signature signature;
        const Expected<CType> result = read_type(kNames);
        if (!result) return std::unexpected(result.error());
        signature.result = *result;
        if (!take('(')) return fault("\"(\" is missing: write RESULT(ARGUMENTS), such as f64(f64)");
        if (const Status read = read_parameters(signature.parameters); !read) return std::unexpected(read.error());
        skip_spaces();
        if (at_ != text_.size()) return fault("nothing may follow the \")\"");
        return signature;
    }

private:
    void skip_spaces()
    {
        while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    }

    bool take(char c)
    {
        skip_spaces();
        if (at_ >= text_.size() || text_[at_] != c) return false;
        ++at_;
        return true;
    }

    std::string_view peek_word()
    {
        skip_spaces();
        std::string_view word = text_.substr(at_, text_.substr(at_).find_first_of("(),"));
        while (!word.empty() && is_space(word.back())) word.remove_suffix(1);
        return word;
    }

    Expected<CType> read_type(std::span<const std::string_view> names)
    {
        const std::string_view word = peek_word();
        if (word.empty()) return fault(fmt::format("a type is missing: one of {}", fmt::join(names, ", ")));
        for (size_t i = 0; i < std::size(kNames); ++i) {
            if (kNames[i] != word) continue;
            if (i == 0 && names.size() != std::size(kNames)) {
                return fault("\"void\" is no type of an argument: where there are none, write () or (void)");
            }
            at_ += word.size();
            return static_cast<CType>(i);
        }
        return fault(fmt::format("{} is no type{}", quote_short(word), type_advice(word, names)));
    }

    Status read_parameters(std::vector<CType>& out)
    {
        if (take(')')) return {};
        const size_t begin = at_;
        if (peek_word() == "void") {
            at_ += kNames[0].size();
            if (take(')')) return {};
            at_ = begin;
        }
        do {
            if (out.size() == kMostParameters) {
                return fault(fmt::format("a function can be called with at most {} arguments", kMostParameters));
            }
            const Expected<CType> type = read_type(kParameterNames);
            if (!type) return std::unexpected(type.error());
            out.push_back(*type);
        } while (take(','));
        if (!take(')')) return fault("\")\" is missing");
        return {};
    }

    std::unexpected<Error> fault(std::string_view what)
    {
        skip_spaces();
        const std::string place = at_ < text_.size() ? fmt::format("at character {}", at_ + 1) : "at its end";
        return failure(Code::kInvalidArgument, fmt::format("{} {}: {}", quote_short(text_), place, what));
    }

    std::string_view text_;
    size_t at_ = 0;
};

std::string with_article(CType type)
{
    const std::string_view name = c_type_name(type);
    return fmt::format("{} {}", name[0] == 'i' || name[0] == 'f' ? "an" : "a", name);
}

template <typename T>
std::string integer_fault(const Node& node)
{
    if (node.type != Type::kI64 && node.type != Type::kU64) return " was wanted";
    const bool fits = node.type == Type::kI64 ? std::in_range<T>(node.i64) : std::in_range<T>(node.u64);
    if (fits) return {};
    return fmt::format(" was wanted: {} to {}", std::numeric_limits<T>::min(), std::numeric_limits<T>::max());
}

std::string float_fault(const Node& node, int64_t exact, double largest)
{
    if (node.type == Type::kF64) {
        const bool fits = !std::isfinite(node.f64) || std::abs(node.f64) <= largest;
        return fits ? std::string() : fmt::format(" was wanted: {} at most", largest);
    }
    if (node.type != Type::kI64) return " was wanted";
    if (node.i64 >= -exact && node.i64 <= exact) return {};
    return fmt::format(" was wanted, which holds integers up to {} exactly: write it as a float", exact);
}

std::string text_fault(const Document& args, const Node& node)
{
    if (node.type != Type::kStr) return " was wanted";
    if (args.text_of(node).find('\0') == std::string_view::npos) return {};
    return " was wanted, which ends at its first NUL: it must have none inside";
}

// The rest of "args[0] is ..., and an i32"; "" = it fits.
std::string misfit(CType type, const Document& args, const Node& node)
{
    switch (type) {
        case CType::kI32: return integer_fault<int32_t>(node);
        case CType::kI64: return integer_fault<int64_t>(node);
        case CType::kU32: return integer_fault<uint32_t>(node);
        case CType::kU64: return integer_fault<uint64_t>(node);
        case CType::kF32: return float_fault(node, int64_t{1} << 24, std::numeric_limits<float>::max());
        case CType::kF64: return float_fault(node, int64_t{1} << 53, std::numeric_limits<double>::max());
        case CType::kStr: return text_fault(args, node);
        case CType::kPtr: return node.type == Type::kI64 && node.i64 == 0 ? "" : " takes only 0, which is NULL";
        case CType::kVoid: break;
    }
    return " was wanted";
}

}  // namespace

std::string_view c_type_name(CType type)
{
    return kNames[static_cast<size_t>(type)];
}

Expected<Signature> parse_signature(std::string_view text)
{
    return SignatureReader(text).read();
}

std::vector<std::string> signature_faults(const Signature& signature, std::string_view symbol, const Document& args)
{
    const auto& wanted = signature.parameters;
    const uint64_t given = args.empty() ? 0 : args.nodes[0].size;
    if (given != wanted.size()) {
        std::vector<std::string_view> names;
        for (const CType type : wanted) names.push_back(c_type_name(type));
        return {fmt::format("{} takes {} ({}), and args has {}", symbol, number_of(wanted.size(), "argument"),
                            fmt::join(names, ", "), given)};
    }
    std::vector<std::string> faults;
    uint32_t node = 1;
    for (size_t i = 0; i < wanted.size(); ++i, node = args.nodes[node].end) {
        const std::string fault = misfit(wanted[i], args, args.nodes[node]);
        if (fault.empty()) continue;
        faults.push_back(
            fmt::format("args[{}] is {}, and {}{}", i, describe(args, node), with_article(wanted[i]), fault));
    }
    return faults;
}

}  // namespace dumbwaiter
