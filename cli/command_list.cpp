// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter list`: one line a function.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "clock.hpp"
#include "codec.hpp"
#include "commands.hpp"
#include "function_overview.hpp"
#include "readable.hpp"
#include "reading_text.hpp"
#include "rfc3339.hpp"
#include "table.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kShownText = 60;

std::string json_or_null(const std::optional<std::string>& text)
{
    return text ? json_quote(*text) : "null";
}

template <typename Number>
std::string number_or_null(const std::optional<Number>& number)
{
    return number ? fmt::format("{}", *number) : "null";
}

std::string error_json(const std::optional<LastError>& error)
{
    if (!error) return "null";
    return fmt::format(R"({{"sequence":{},"outcome":{},"text":{},"finished":"{}"}})", error->sequence,
                       json_quote(error->outcome), json_quote(error->text), rfc3339(error->finished));
}

std::string names_json(const std::vector<std::string>& names)
{
    std::string json = "[";
    for (const std::string& name : names) json += (json.size() > 1 ? "," : "") + json_quote(name);
    return json + "]";
}

std::string row_object(const FunctionOverview& row)
{
    return fmt::format(
        R"({{"name":{},"sequence":{},"age":{},"state":"{}","paused":{},"quarantined":{},"off":{},"last_error":{},)"
        R"("next_due":{},"lateness":{},"skipped":{},"failures_in_row":{},"stuck":{},"function":{},"frequency":{},"cron":{},"timezone":{},"after":{},"max_saved":{},)"
        R"("serializer":{},"enabled":{},"in_manifest":{}}})",
        json_quote(row.name), number_or_null(row.sequence), row.age ? seconds_json(*row.age) : "null", row.state,
        row.paused, row.quarantined, row.off, error_json(row.last_error),
        row.next_due ? json_quote(rfc3339(*row.next_due)) : "null", row.lateness ? seconds_json(*row.lateness) : "null",
        row.skipped, row.failures_in_row, row.stuck, json_or_null(row.function), number_or_null(row.frequency),
        json_or_null(row.cron), json_or_null(row.timezone), names_json(row.after), number_or_null(row.max_saved),
        json_or_null(row.serializer), row.enabled, row.in_manifest);
}

// "15 s", "30 2 * * *", "15 s, after prices": what makes it due.
std::string when_cell(const FunctionOverview& row)
{
    std::string when = row.cron.value_or(row.frequency ? readable_seconds(*row.frequency) : "");
    if (row.after.empty()) return when.empty() ? "-" : when;
    return fmt::format("{}{}after {}", when, when.empty() ? "" : ", ", fmt::join(row.after, ", "));
}

Cell state_cell(const FunctionOverview& row)
{
    if (row.state == "damaged") return {row.state, Color::kRed};
    if (!row.in_manifest) return {row.state, Color::kDim};
    if (!row.enabled) return {"disabled", Color::kDim};
    if (row.stuck) return {row.state + ", stuck", Color::kRed};
    if (row.paused) return {row.state + ", paused", Color::kYellow};
    if (row.quarantined) return {row.state + ", quarantined", Color::kRed};
    if (row.off) return {row.state + ", off", Color::kRed};
    if (row.state == "fresh") return {row.state, Color::kGreen};
    return {row.state, row.state == "stale" ? Color::kYellow : Color::kRed};
}

Cell count_cell(int64_t count, Color color)
{
    return count > 0 ? Cell{readable_count(static_cast<uint64_t>(count)), color} : Cell{"-"};
}

// "no more soup (3.2 s ago)"
std::string error_cell(const std::optional<LastError>& error, int64_t now)
{
    if (!error) return "";
    const double age = static_cast<double>(now - error->finished) / 1e9;
    return fmt::format("{} ({} ago)", one_line(error->text, kShownText), readable_seconds(age));
}

std::string table_text(const std::vector<FunctionOverview>& rows, bool with_color)
{
    using Align = Table::Align;
    const int64_t now = wall_ns();
    Table table;
    table.column("NAME").column("STATE").column("AGE", Align::kRight).column("SEQUENCE", Align::kRight);
    table.column("EVERY", Align::kRight).column("NEXT", Align::kRight).column("LATE", Align::kRight);
    table.column("SKIPPED", Align::kRight).column("FAILED", Align::kRight).column("FUNCTION").column("LAST ERROR");
    for (const FunctionOverview& row : rows) {
        table.row({{row.name, Color::kBold},
                   state_cell(row),
                   {row.age ? readable_seconds(*row.age) : "-"},
                   {row.sequence ? fmt::to_string(*row.sequence) : "-"},
                   {when_cell(row)},
                   {row.next_due ? readable_seconds(static_cast<double>(*row.next_due - now) / 1e9) : "-"},
                   {row.lateness ? readable_seconds(*row.lateness) : "-"},
                   count_cell(row.skipped, Color::kYellow),
                   count_cell(row.failures_in_row, Color::kRed),
                   {row.function.value_or("-"), Color::kDim},
                   {error_cell(row.last_error, now), Color::kRed}});
    }
    return table.text(with_color);
}

}  // namespace

ExitCode command_list(const Options& options)
{
    ExitCode code;
    const auto store = StoreReader::open(options, code);
    if (!store) return code;
    const std::vector<FunctionOverview> rows = overview(*store);
    if (!options.json) {
        if (rows.empty()) complain(fmt::format("no function has run into {} yet", store->folder().string()));
        if (!rows.empty()) print(table_text(rows, wants_color(options.no_color)));
        return ExitCode::kDone;
    }
    for (const FunctionOverview& row : rows) {
        if (!print(row_object(row) + "\n")) break;
    }
    return ExitCode::kDone;
}

}  // namespace dumbwaiter
