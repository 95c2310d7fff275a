// SPDX-License-Identifier: BSD-3-Clause
#include "log.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include <array>

#include "clock.hpp"
#include "codec.hpp"
#include "rfc3339.hpp"
#include "utf8.hpp"
#include "visible_text.hpp"

namespace dumbwaiter {

namespace {

constexpr std::array<std::string_view, 4> kLevels = {"debug", "info", "warning", "error"};

constexpr size_t kShownText = 500;

LogLevel g_least = LogLevel::kInfo;
LogFormat g_format = LogFormat::kText;

bool is_plain(std::string_view text)
{
    unsigned char before = 0;
    for (const unsigned char byte : text) {
        if (byte <= ' ' || byte == '"' || byte == '=' || byte == '\\' || byte == 0x7f) return false;
        if (before == 0xc2 && byte < 0xa0) return false;  // U+0080 to U+009F, which terminals obey
        before = byte;
    }
    return !text.empty();
}

// The store has reports whole; here they would drown the rest.
std::string shortened(const std::string& text)
{
    if (text.size() <= kShownText) return text;
    return fmt::format("{}... ({} bytes)", utf8_prefix(text, kShownText), text.size());
}

std::string text_line(std::string_view level, std::string_view area, std::string_view sentence,
                      std::initializer_list<LogField> fields)
{
    std::string line = fmt::format("{} {} {}: ", rfc3339(wall_ns()), level, area);
    line += visible_text(sentence);
    for (const LogField& field : fields) {
        const std::string value = shortened(field.value);
        line += fmt::format(" {}={}", field.key, is_plain(value) ? value : json_quote(value));
    }
    return line + "\n";
}

std::string json_line(std::string_view level, std::string_view area, std::string_view sentence,
                      std::initializer_list<LogField> fields)
{
    std::string line = fmt::format(R"({{"time":"{}","level":"{}","area":{},"message":{})", rfc3339(wall_ns()), level,
                                   json_quote(area), json_quote(sentence));
    for (const LogField& field : fields) {
        line += fmt::format(",{}:{}", json_quote(field.key),
                            field.is_number ? field.value : json_quote(shortened(field.value)));
    }
    return line + "}\n";
}

}  // namespace

std::optional<LogLevel> log_level_by_name(std::string_view name)
{
    for (size_t i = 0; i < kLevels.size(); ++i) {
        if (kLevels[i] == name) return static_cast<LogLevel>(i);
    }
    return std::nullopt;
}

std::optional<LogFormat> log_format_by_name(std::string_view name)
{
    if (name == "text") return LogFormat::kText;
    if (name == "json") return LogFormat::kJson;
    return std::nullopt;
}

void configure_log(LogLevel least, LogFormat format)
{
    g_least = least;
    g_format = format;
}

bool logs(LogLevel level)
{
    return level >= g_least;
}

void log(LogLevel level, std::string_view area, std::string_view sentence, std::initializer_list<LogField> fields)
{
    if (!logs(level)) return;
    const std::string_view name = kLevels[static_cast<size_t>(level)];
    const std::string line = g_format == LogFormat::kText ? text_line(name, area, sentence, fields)
                                                          : json_line(name, area, sentence, fields);
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace dumbwaiter
