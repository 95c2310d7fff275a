// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter status`: how the running host is.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <optional>
#include <vector>

#include "clock.hpp"
#include "commands.hpp"
#include "field.hpp"
#include "readable.hpp"
#include "rfc3339.hpp"
#include "store_reader.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

namespace {

constexpr double kWorryingSilence = 3;  // seconds

std::string count(const Field& field)
{
    const auto number = field.integer();
    return number && *number >= 0 ? readable_count(static_cast<uint64_t>(*number)) : "?";
}

std::string seconds(const Field& field)
{
    const auto number = field.number();
    return number ? readable_seconds(*number) : "?";
}

std::string line(std::string_view title, const std::string& text)
{
    return fmt::format("{:<12} {}\n", title, text);
}

// Seconds since the host's last heartbeat; it beats once a second.
std::optional<double> heartbeat_age(const Field& host)
{
    const auto heartbeat = parse_rfc3339(host["heartbeat"].text().value_or(""));
    if (!heartbeat) return std::nullopt;
    return static_cast<double>(wall_ns() - *heartbeat) / kSecond;
}

std::string uptime(const Field& host)
{
    const auto started = parse_rfc3339(host["started"].text().value_or(""));
    return started ? readable_seconds(static_cast<double>(wall_ns() - *started) / kSecond) : "?";
}

std::string heading(const Field& host, bool with_color)
{
    const std::string state = host["state"].text().value_or("running");
    return fmt::format("{} for {}, pid {}, dumbwaiter {}\n",
                       with_color ? paint(state, state == "running" ? Color::kGreen : Color::kYellow) : state,
                       uptime(host), host["pid"].integer().value_or(0), host["version"].text().value_or("?"));
}

std::string counters(const Field& host)
{
    static constexpr std::array<const char*, 6> kKinds = {"values",  "errors",  "unchanged",
                                                          "skipped", "retries", "pending"};
    std::string text = count(host["invocations"]);
    const char* separator = ": ";
    for (const char* kind : kKinds) {
        if (!host[kind].exists()) continue;
        text += fmt::format("{}{} {}", separator, count(host[kind]), kind);
        separator = ", ";
    }
    return text;
}

// "3, 2 restarts": those that there are now, and how often one had to be made again.
std::string children(const Field& host)
{
    uint64_t alive = 0, restarts = 0;
    for (const Field& child : host["children"].elements()) {
        if (child["pid"].integer()) ++alive;
        restarts += static_cast<uint64_t>(std::max<int64_t>(child["restarts"].integer().value_or(0), 0));
    }
    return fmt::format("{}, {}", readable_count(alive), counted(restarts, "restart"));
}

// "a, b and 3 more"
std::string some_names(const std::vector<std::string>& names, const Field& total)
{
    const auto count = total.integer().value_or(0), shown = static_cast<int64_t>(names.size());
    return fmt::format("{}{}", fmt::join(names, ", "), count > shown ? fmt::format(" and {} more", count - shown) : "");
}

std::string failing(const Field& host)
{
    std::vector<std::string> names;
    for (const Field& one : host["failing_functions"].elements()) {
        names.push_back(
            fmt::format("{} ({} in a row)", one["name"].text().value_or("?"), count(one["failures_in_row"])));
    }
    return names.empty() ? "" : count(host["failing"]) + ": " + some_names(names, host["failing"]);
}

// `state`: paused, quarantined or off.
std::string held(const Field& host, const std::string& state)
{
    std::vector<std::string> names;
    for (const Field& name : host[state + "_functions"].elements()) names.push_back(name.text().value_or("?"));
    return names.empty() ? "" : count(host[state]) + ": " + some_names(names, host[state]);
}

// What needs somebody's attention: invocations that hang, libraries that die, readers that hold old pages, commits that
// fail.
std::string worries(const Field& host, bool with_color)
{
    const auto marked = [&](std::string_view title, const std::string& text) {
        return line(title, with_color ? paint(text, Color::kYellow) : text);
    };
    std::string text;
    if (const auto fault = host["manifest_fault"].text()) text += marked("refused", *fault);
    if (const auto age = heartbeat_age(host); age && *age > kWorryingSilence) {
        text +=
            marked("silent", fmt::format("no heartbeat for {}: the host hangs, is stopped, or cannot write its store",
                                         readable_seconds(*age)));
    }
    for (const Field& fault : host["autoload_faults"].elements()) {
        text += marked("autoload", fault.text().value_or("?"));
    }
    for (const Field& stuck : host["stuck"].elements()) {
        text += marked("stuck", fmt::format("{} has been running for {}", stuck["name"].text().value_or("?"),
                                            seconds(stuck["seconds"])));
    }
    if (const std::string names = failing(host); !names.empty()) text += marked("failing", names);
    for (const char* state : {"quarantined", "off", "paused"}) {
        if (const std::string names = held(host, state); !names.empty()) text += marked(state, names);
    }
    for (const Field& child : host["children"].elements()) {
        if (!child["quarantined"].truth().value_or(false)) continue;
        text += marked("quarantine", fmt::format("{} died too often while it was loaded; see the log",
                                                 child["library"].text().value_or("?")));
    }
    if (const auto lost = host["lost_threads"].integer(); lost && *lost > 0) {
        text += marked("lost", counted(static_cast<uint64_t>(*lost), "thread") + " in functions past their timeout");
    }
    for (const Field& reader : host["readers"].elements()) {
        text += marked("long reader", fmt::format("pid {} is {} commits behind", reader["pid"].integer().value_or(0),
                                                  count(reader["lag"])));
    }
    if (const auto error = host["last_commit_error"].text()) text += marked("last fault", *error);
    return text;
}

std::string status_text(const Field& host, const std::string& store, bool with_color)
{
    const Field lateness = host["lateness"];
    std::string text = heading(host, with_color);
    text += line("manifest", host["manifest"].text().value_or("?"));
    text += line("store", store);
    text += line("functions", fmt::format("{}, {} running now, {} workers", count(host["functions"]),
                                          count(host["running"]), count(host["workers"])));
    text += line("children", children(host));
    text += line("invocations", counters(host));
    text += line("commits", fmt::format("{}, {} failed", count(host["commits"]), count(host["commit_failures"])));
    text += line("lateness", fmt::format("p50 {}, p99 {}, max {}", seconds(lateness["p50"]), seconds(lateness["p99"]),
                                         seconds(lateness["max"])));
    const auto rss = host["rss"].integer();
    text += line("process", fmt::format("{} of memory, {} of CPU", rss && *rss >= 0 ? readable_bytes(*rss) : "?",
                                        seconds(host["cpu"])));
    return text + worries(host, with_color);
}

}  // namespace

ExitCode command_status(const Options& options)
{
    ExitCode code;
    const auto store = StoreReader::open(options, code);
    if (!store) return code;
    const std::string folder = store->folder().string();
    const Document document = store->live_host();
    if (document.empty()) {
        complain(fmt::format("no host is running on {}; start one with run_dumbwaiter", folder));
        return ExitCode::kStore;
    }
    const Field host(document);
    print(options.json ? host.json() + "\n" : status_text(host, folder, wants_color(options.no_color)));
    return ExitCode::kDone;
}

}  // namespace dumbwaiter
