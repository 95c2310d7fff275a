// SPDX-License-Identifier: BSD-3-Clause
#include "function_overview.hpp"

#include <algorithm>
#include <set>

#include "clock.hpp"
#include "due_times.hpp"
#include "field.hpp"
#include "reading_text.hpp"

namespace dumbwaiter {

namespace {

void read_document(const StoreReader& store, const Field& host, FunctionOverview& row)
{
    const Document document = store.document("#functions", row.name);
    const Field function(document);
    row.function = function["function"].text();
    row.serializer = function["serializer"].text();
    row.frequency = function["frequency"].number();
    row.cron = function["cron"].text();
    row.timezone = function["timezone"].text();
    for (const Field& input : function["after"].elements()) row.after.push_back(input.text().value_or(""));
    row.max_saved = function["max_saved"].integer();
    row.enabled = function["enabled"].truth().value_or(true);
    row.paused = function["paused"].truth().value_or(false);
    row.quarantined = function["quarantined"].truth().value_or(false);
    row.off = function["off"].truth().value_or(false);
    row.skipped = function["skipped"].integer().value_or(0);
    row.failures_in_row = function["failures_in_row"].integer().value_or(0);
    row.in_manifest = function.exists() && function["in_manifest"].truth().value_or(true);
    const bool is_due = row.in_manifest && row.enabled && !row.paused && !row.quarantined && !row.off;
    if (!host.exists() || !is_due) return;
    const auto times = DueTimes::of(function, boot_offset(host));
    if (times) row.next_due = times->after(wall_ns());
}

double lateness_of(const dw_reading& record)
{
    return static_cast<double>(std::max<int64_t>(record.started - record.due, 0)) / kSecond;
}

// Gives when its last invocation that left a value began.
int64_t read_value(const StoreReader& store, FunctionOverview& row)
{
    Reading reading;
    const int32_t code = dw_get_value(store.get(), row.name.c_str(), reading.raw());
    if (code == DW_DAMAGED) row.state = "damaged";
    if (code != DW_OK) return 0;
    row.state = state_name(*reading.raw());
    row.sequence = reading.sequence();
    row.age = age_seconds(*reading.raw(), wall_ns());
    row.lateness = lateness_of(*reading.raw());
    return reading.raw()->started;
}

struct NewestReport {
    FunctionOverview& row;
    int64_t value_began;
};

int keep_report(void* context, const char*, const dw_reading* report)
{
    if (!report->data) return 1;
    const auto& [row, value_began] = *static_cast<NewestReport*>(context);
    row.last_error =
        LastError{report->sequence, outcome_text(*report), std::string(error_text(*report)), report->finished};
    if (report->started > value_began) row.lateness = lateness_of(*report);
    return 1;
}

std::set<std::string> stuck_names(const Field& host)
{
    std::set<std::string> names;
    for (const Field& one : host["stuck"].elements()) names.insert(one["name"].text().value_or(""));
    return names;
}

}  // namespace

std::vector<FunctionOverview> overview(const StoreReader& store)
{
    std::set<std::string> names;
    for (std::string& name : store.function_names()) names.insert(std::move(name));
    for (std::string& name : store.value_names()) names.insert(std::move(name));
    const Document live = store.live_host();
    const Field host(live);
    const std::set<std::string> stuck = stuck_names(host);

    std::vector<FunctionOverview> rows;
    for (const std::string& name : names) {
        FunctionOverview& row = rows.emplace_back();
        row.name = name;
        read_document(store, host, row);
        row.stuck = stuck.contains(name);
        NewestReport newest{row, read_value(store, row)};
        dw_get_errors(store.get(), name.c_str(), 1, &keep_report, &newest);
    }
    return rows;
}

}  // namespace dumbwaiter
