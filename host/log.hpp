// SPDX-License-Identifier: BSD-3-Clause
//
// The host's log: one line an event on stderr, `time level area: sentence key=value`, or one JSON object.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace dumbwaiter {

enum class LogLevel : uint32_t { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };  // as DW_LOG_*
enum class LogFormat { kText, kJson };

std::optional<LogLevel> log_level_by_name(std::string_view name);  // debug | info | warning | error
std::optional<LogFormat> log_format_by_name(std::string_view name);

// Before threads start.
void configure_log(LogLevel least, LogFormat format);
bool logs(LogLevel level);

// A text, of which a line shows at most 500 bytes, or a number.
struct LogField {
    LogField(std::string_view name, std::string text) : key(name), value(std::move(text)) {}
    template <std::integral Number>
    LogField(std::string_view name, Number number) : key(name), value(std::to_string(number)), is_number(true)
    {}

    std::string_view key;
    std::string value;
    bool is_number = false;
};

// Thread-safe; one write(2) a line. Control characters are escaped, so that no plugin can forge a line; a sentence of
// the text format is as it is otherwise (visible_text.hpp).
void log(LogLevel level, std::string_view area, std::string_view sentence, std::initializer_list<LogField> fields = {});

}  // namespace dumbwaiter
