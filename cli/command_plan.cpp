// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter plan`: what will run when, by the run times that the histories show, and whether the workers suffice.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "clock.hpp"
#include "codec.hpp"
#include "commands.hpp"
#include "due_times.hpp"
#include "forecast.hpp"
#include "function_overview.hpp"
#include "readable.hpp"
#include "reading_text.hpp"
#include "rfc3339.hpp"
#include "table.hpp"

namespace dumbwaiter {

namespace {

constexpr uint64_t kMeasured = 50;  // values and reports of a function that are looked at
constexpr size_t kMostRuns = 1'000'000;
constexpr size_t kShownRuns = 20, kShownRunsJson = 1000;
constexpr double kHour = 3600;

struct Plan {
    std::vector<std::string> names;
    std::vector<ForecastFunction> functions;
    std::vector<bool> is_measured;
    uint32_t workers = 0;  // 0: no host has ever said
    bool has_host = false;
    Forecast forecast;
};

struct Measured {
    int64_t total = 0, count = 0;
};

int add_duration(void* context, const char*, const dw_reading* reading)
{
    auto& measured = *static_cast<Measured*>(context);
    if (reading->data == nullptr || reading->finished < reading->started) return 1;
    measured.total += reading->finished - reading->started;
    ++measured.count;
    return 1;
}

Measured measure(const StoreReader& store, const std::string& name)
{
    Measured measured;
    dw_get_history(store.get(), name.c_str(), kMeasured, &add_duration, &measured);
    dw_get_errors(store.get(), name.c_str(), kMeasured, &add_duration, &measured);
    return measured;
}

void add_functions(const StoreReader& store, const Field& host, Plan& plan)
{
    std::map<std::string, std::vector<std::string>> after;
    for (const FunctionOverview& row : overview(store)) {
        if (!row.in_manifest || !row.enabled || row.paused || row.quarantined || row.off) continue;
        const Document document = store.document("#functions", row.name);
        const auto due = DueTimes::of(Field(document), boot_offset(host));
        const Measured measured = measure(store, row.name);
        ForecastFunction function;
        if (due) function.after = [times = *due](int64_t wall) { return times.after(wall); };
        function.takes = measured.count > 0 ? measured.total / measured.count : 0;
        plan.names.push_back(row.name);
        plan.functions.push_back(std::move(function));
        plan.is_measured.push_back(measured.count > 0);
        after[row.name] = row.after;
    }
    // Names are in byte order.
    for (size_t i = 0; i < plan.names.size(); ++i) {
        for (const std::string& input : after[plan.names[i]]) {
            const auto found = std::ranges::lower_bound(plan.names, input);
            if (found == plan.names.end() || *found != input) continue;
            plan.functions[static_cast<size_t>(found - plan.names.begin())].followers.push_back(i);
        }
    }
}

double seconds(int64_t nanoseconds)
{
    return static_cast<double>(nanoseconds) / kSecond;
}

// Functions whose due times find them running, the worst first.
std::vector<size_t> overrunning(const Plan& plan)
{
    std::vector<size_t> found;
    const auto& skipped = plan.forecast.skipped_of;
    for (size_t i = 0; i < skipped.size(); ++i) {
        if (skipped[i] > 0) found.push_back(i);
    }
    std::ranges::stable_sort(found, [&](size_t a, size_t b) { return skipped[a] > skipped[b]; });
    return found;
}

std::string names_json(const Plan& plan, bool measured)
{
    std::string json = "[";
    for (size_t i = 0; i < plan.names.size(); ++i) {
        if (plan.is_measured[i] != measured) continue;
        json += (json.size() > 1 ? "," : "") + json_quote(plan.names[i]);
    }
    return json + "]";
}

std::string plan_json(const Plan& plan, size_t most)
{
    const Forecast& forecast = plan.forecast;
    std::string timeline;
    for (size_t i = 0; i < std::min(most, forecast.runs.size()); ++i) {
        const ForecastRun& run = forecast.runs[i];
        timeline += fmt::format(R"({}{{"name":{},"due":"{}","starts":"{}","takes":{}}})", i > 0 ? "," : "",
                                json_quote(plan.names[run.function]), rfc3339(run.due), rfc3339(run.starts),
                                seconds_json(seconds(run.ends - run.starts)));
    }
    std::string skipped;
    for (const size_t i : overrunning(plan)) {
        skipped +=
            fmt::format("{}{}:{}", skipped.empty() ? "" : ",", json_quote(plan.names[i]), forecast.skipped_of[i]);
    }
    return fmt::format(
        R"({{"from":"{}","to":"{}","functions":{},"runs":{},"workers":{},"utilisation":{},"busiest_second":"{}",)"
        R"("busiest_load":{},"longest_wait":{},"suffices":{},"skipped":{{{}}},"unmeasured":{},"timeline":[{}]}})",
        rfc3339(forecast.from), rfc3339(forecast.to), plan.names.size(), forecast.runs.size(), plan.workers,
        seconds_json(forecast.utilisation), rfc3339(forecast.busiest_second), seconds_json(forecast.busiest_load),
        seconds_json(seconds(forecast.latest)), forecast.suffices(), skipped, names_json(plan, false), timeline);
}

// "14:05:09.250"; with its date where the forecast is of more than one.
std::string clock_text(const Forecast& forecast, int64_t wall)
{
    constexpr size_t kDate = 10;
    const std::string text = rfc3339(wall), time = text.substr(kDate + 1, 12);
    const bool is_one_day = rfc3339(forecast.from).substr(0, kDate) == rfc3339(forecast.to).substr(0, kDate);
    return is_one_day ? time : text.substr(0, kDate) + " " + time;
}

std::string plan_line(std::string_view title, const std::string& text)
{
    return fmt::format("{:<10} {}\n", title, text);
}

std::string verdict(const Plan& plan, bool with_color)
{
    const Forecast& forecast = plan.forecast;
    const bool good = forecast.suffices();
    std::string text = "they suffice: nothing waits for a worker";
    if (forecast.latest > 0) {
        text = fmt::format("they {}: {} waits longest for one, {}, at {}", good ? "suffice" : "do not suffice",
                           plan.names[forecast.runs[forecast.latest_run].function],
                           readable_seconds(seconds(forecast.latest)),
                           clock_text(forecast, forecast.runs[forecast.latest_run].due));
    }
    return with_color ? paint(text, good ? Color::kGreen : Color::kYellow) : text;
}

std::string summary(const Plan& plan, bool with_color)
{
    const Forecast& forecast = plan.forecast;
    std::string text =
        fmt::format("{} of {} in the next {}, from {} UTC\n", counted(forecast.runs.size(), "run"),
                    counted(plan.names.size(), "function"), readable_seconds(seconds(forecast.to - forecast.from)),
                    rfc3339(forecast.from).substr(0, 19));
    text += plan_line("workers",
                      fmt::format("{}, {:.1f} % of their time at work", plan.workers, forecast.utilisation * 100));
    text += plan_line("busiest", fmt::format("{:.2f} of them on average in the second from {}", forecast.busiest_load,
                                             clock_text(forecast, forecast.busiest_second)));
    text += plan_line("verdict", verdict(plan, with_color));
    for (const size_t i : overrunning(plan)) {
        text += plan_line("skips", fmt::format("{} of {} find it still waiting or running (it takes {})",
                                               counted(forecast.skipped_of[i], "due time"), plan.names[i],
                                               readable_seconds(seconds(plan.functions[i].takes))));
    }
    const auto unmeasured = static_cast<uint64_t>(std::ranges::count(plan.is_measured, false));
    if (unmeasured > 0) text += plan_line("unknown", counted(unmeasured, "function") + " never ran: taken for no work");
    if (!plan.has_host) text += plan_line("host", "none is running: this is what one started now would do");
    return text;
}

std::string timeline_text(const Plan& plan, size_t most, bool with_color)
{
    const auto& runs = plan.forecast.runs;
    if (runs.empty()) return {};
    Table table;
    table.column("DUE").column("WAITS", Table::Align::kRight).column("TAKES", Table::Align::kRight).column("FUNCTION");
    const size_t shown = std::min(most, runs.size());
    for (size_t i = 0; i < shown; ++i) {
        table.row(
            {{clock_text(plan.forecast, runs[i].due)},
             {runs[i].starts > runs[i].due ? readable_seconds(seconds(runs[i].starts - runs[i].due)) : ""},
             {plan.is_measured[runs[i].function] ? readable_seconds(seconds(runs[i].ends - runs[i].starts)) : "?"},
             {plan.names[runs[i].function], Color::kBold}});
    }
    std::string text = "\n" + table.text(with_color);
    if (shown < runs.size())
        text += fmt::format("... and {} more: -n says how many\n", readable_count(runs.size() - shown));
    return text;
}

}  // namespace

ExitCode command_plan(const Options& options)
{
    ExitCode code;
    const auto store = StoreReader::open(options, code);
    if (!store) return code;
    Plan plan;
    const Document live = store->live_host();
    const Document last = store->document("#host", "host");
    plan.has_host = !live.empty();
    plan.workers = static_cast<uint32_t>(std::clamp<int64_t>(Field(last)["workers"].integer().value_or(1), 1, 1 << 20));
    add_functions(*store, Field(live), plan);
    const int64_t now = wall_ns();
    const auto span = static_cast<int64_t>(options.horizon.value_or(kHour) * 1e9);
    plan.forecast = forecast(plan.functions, plan.workers, now, now + span, kMostRuns);
    if (options.json) {
        print(plan_json(plan, options.limit.value_or(kShownRunsJson)) + "\n");
        return ExitCode::kDone;
    }
    const bool with_color = wants_color(options.no_color);
    print(summary(plan, with_color) + timeline_text(plan, options.limit.value_or(kShownRuns), with_color));
    return ExitCode::kDone;
}

}  // namespace dumbwaiter
