// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter errors`: the error reports that are still kept, newest first.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "commands.hpp"
#include "reading_text.hpp"
#include "rfc3339.hpp"
#include "store_reader.hpp"
#include "table.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kShownReport = 200;

struct Report {
    int64_t finished;
    std::string json;
    std::vector<Cell> cells;
};

struct Reports {
    bool json;
    std::vector<Report> reports;
    uint64_t damaged = 0;
};

int keep_each(void* context, const char* name, const dw_reading* report)
{
    auto& listing = *static_cast<Reports*>(context);
    if (!report->data) {
        ++listing.damaged;
        complain(fmt::format("error report {} of \"{}\" is passed over: it is damaged", report->sequence, name));
        return 0;
    }
    Report& kept = listing.reports.emplace_back(report->finished);
    if (listing.json) {
        kept.json = error_object(name, *report) + "\n";
        return 0;
    }
    kept.cells = {{name},
                  {fmt::to_string(report->sequence)},
                  {rfc3339(report->finished)},
                  {outcome_text(*report), Color::kRed},
                  {one_line(error_text(*report), kShownReport)}};
    return 0;
}

// Those of one name come newest first; those of all come name by name, each newest first.
void merge_names(std::vector<Report>& reports, std::optional<uint64_t> limit)
{
    std::ranges::stable_sort(reports, std::greater(), &Report::finished);
    if (limit && *limit < reports.size()) reports.resize(*limit);
}

void show(Reports& listing, bool with_color)
{
    if (listing.json) {
        for (const Report& report : listing.reports) {
            if (!print(report.json)) return;
        }
        return;
    }
    if (listing.reports.empty()) return;
    Table table;
    table.column("NAME").column("SEQUENCE", Table::Align::kRight).column("FINISHED").column("OUTCOME").column("TEXT");
    for (Report& report : listing.reports) table.row(std::move(report.cells));
    print(table.text(with_color));
}

}  // namespace

ExitCode command_errors(const Options& options)
{
    ExitCode code;
    const auto store = StoreReader::open(options, code);
    if (!store) return code;
    Reports listing{options.json, {}};
    const char* name = options.name.empty() ? nullptr : options.name.c_str();
    const int32_t found = dw_get_errors(store->get(), name, options.limit.value_or(0), &keep_each, &listing);
    if (found != DW_OK) return exit_code_of(found);
    if (name == nullptr) merge_names(listing.reports, options.limit);
    show(listing, wants_color(options.no_color));
    return listing.damaged > 0 ? ExitCode::kDamage : ExitCode::kDone;
}

}  // namespace dumbwaiter
