// SPDX-License-Identifier: BSD-3-Clause
#include "function_overview.hpp"

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
    row.in_manifest = function.exists() && function["in_manifest"].truth().value_or(true);
    const bool is_due = row.in_manifest && row.enabled && !row.paused && !row.quarantined && !row.off;
    if (!host.exists() || !is_due) return;
    const auto times = DueTimes::of(function, boot_offset(host));
    if (times) row.next_due = times->after(wall_ns());
}

void read_value(const StoreReader& store, FunctionOverview& row)
{
    Reading reading;
    const int32_t code = dw_get_value(store.get(), row.name.c_str(), reading.raw());
    if (code == DW_DAMAGED) row.state = "damaged";
    if (code != DW_OK) return;
    row.state = state_name(*reading.raw());
    row.sequence = reading.sequence();
    row.age = age_seconds(*reading.raw(), wall_ns());
}

int keep_report(void* context, const char*, const dw_reading* report)
{
    if (!report->data) return 1;
    *static_cast<std::optional<LastError>*>(context) =
        LastError{report->sequence, outcome_text(*report), std::string(error_text(*report)), report->finished};
    return 1;
}

}  // namespace

std::vector<FunctionOverview> overview(const StoreReader& store)
{
    std::set<std::string> names;
    for (std::string& name : store.function_names()) names.insert(std::move(name));
    for (std::string& name : store.value_names()) names.insert(std::move(name));
    const Document live = store.live_host();
    const Field host(live);

    std::vector<FunctionOverview> rows;
    for (const std::string& name : names) {
        FunctionOverview& row = rows.emplace_back();
        row.name = name;
        read_document(store, host, row);
        read_value(store, row);
        dw_get_errors(store.get(), name.c_str(), 1, &keep_report, &row.last_error);
    }
    return rows;
}

}  // namespace dumbwaiter
