// SPDX-License-Identifier: BSD-3-Clause
//
// TOML values to argument values: types, reserved keys, the range of times, the depth of nesting.
#include "manifest_arguments.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>

namespace dumbwaiter {
namespace {

constexpr int64_t kNanosecond = 1'000'000'000;

std::optional<int64_t> unix_nanoseconds(const TomlValue& time)
{
    int64_t result = 0;
    if (__builtin_mul_overflow(time.integer, kNanosecond, &result)) {
        // The second before the first whole one that fits may still end inside the range.
        if (time.integer >= 0) return std::nullopt;
        if (__builtin_mul_overflow(time.integer + 1, kNanosecond, &result)) return std::nullopt;
        const int64_t back = int64_t{time.nanoseconds} - kNanosecond;
        return __builtin_add_overflow(result, back, &result) ? std::nullopt : std::optional(result);
    }
    return __builtin_add_overflow(result, int64_t{time.nanoseconds}, &result) ? std::nullopt : std::optional(result);
}

class ArgumentReader {
public:
    ArgumentReader(Document& out, std::vector<uint32_t>* secrets, ProblemList& problems)
        : out_(out), secrets_(secrets), problems_(problems)
    {}

    void append(const TomlValue& value, uint32_t depth)
    {
        switch (value.kind) {
            case TomlKind::kBoolean: return out_.append_i64(Type::kBool, value.boolean ? 1 : 0);
            case TomlKind::kInteger: return out_.append_i64(Type::kI64, value.integer);
            case TomlKind::kFloat: return out_.append_f64(value.number);
            case TomlKind::kText: return out_.append_text(Type::kStr, value.text);
            case TomlKind::kTime: return append_time(value);
            case TomlKind::kLocalTime:
                return problems_.add(value.at, "a time without a date is no argument: write it as a string");
            case TomlKind::kArray:
            case TomlKind::kTable:
            case TomlKind::kTooDeep: return append_container(value, depth);
        }
    }

private:
    void append_time(const TomlValue& value)
    {
        const std::optional<int64_t> time = unix_nanoseconds(value);
        if (!time) return problems_.add(value.at, "a time must lie between the years 1678 and 2262");
        out_.append_i64(Type::kTime, *time);
    }

    void append_container(const TomlValue& value, uint32_t depth)
    {
        if (depth > kMaxDepth || value.kind == TomlKind::kTooDeep) {
            return problems_.add(value.at, fmt::format("arguments nest at most {} deep", kMaxDepth));
        }
        if (value.kind == TomlKind::kArray) {
            const uint32_t at = out_.open(Type::kArray);
            for (const TomlValue& item : value.items) append(item, depth + 1);
            out_.close(at, value.items.size());
            return;
        }
        if (depth > 1 && is_secret(value)) return append_secret(value.entries.front());
        const uint32_t at = out_.open(Type::kMap);
        for (const TomlEntry& entry : value.entries) {
            check_key(entry);
            out_.append_text(Type::kStr, entry.key);
            append(entry.value, depth + 1);
        }
        out_.close(at, value.entries.size());
    }

    static bool is_secret(const TomlValue& table)
    {
        return table.entries.size() == 1 && table.entries.front().key == kSecretKey;
    }

    void append_secret(const TomlEntry& entry)
    {
        if (secrets_ == nullptr) return problems_.add(entry.at, "secrets are for args and kwargs only");
        if (entry.value.kind != TomlKind::kText)
            return add_wrong_value(entry, R"("file:PATH" or "env:NAME")", problems_);
        if (const std::string fault = secret_source_fault(entry.value.text); !fault.empty())
            return problems_.add(entry.at, "the secret " + fault);
        secrets_->push_back(static_cast<uint32_t>(out_.nodes.size()));
        out_.append_text(Type::kStr, entry.value.text);
    }

    void check_key(const TomlEntry& entry)
    {
        if (entry.key == kSecretKey) {
            problems_.add(entry.at,
                          R"("$secret" stands for one value, alone in its table: key = { "$secret" = "file:PATH" })");
        } else if (entry.key.starts_with('$')) {
            problems_.add(entry.at, fmt::format("{} is reserved: keys of arguments must not begin with \"$\"",
                                                json_quote(entry.key)));
        }
    }

    Document& out_;
    std::vector<uint32_t>* secrets_;
    ProblemList& problems_;
};

}  // namespace

void read_arguments(const TomlEntry& entry, TomlKind kind, Document& out, std::vector<uint32_t>* secrets,
                    ProblemList& problems)
{
    const std::string_view wanted =
        kind == TomlKind::kArray ? "an array, such as [\"shop.db\", 3]" : "a table, such as { readonly = true }";
    if (entry.value.kind != kind) return add_wrong_value(entry, wanted, problems);
    out.clear();
    ArgumentReader(out, secrets, problems).append(entry.value, 1);
}

Document empty_arguments(Type type)
{
    Document document;
    document.close(document.open(type), 0);
    return document;
}

}  // namespace dumbwaiter
