// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter errors`: the error reports that are still kept, newest first.
#include <fmt/format.h>

#include "commands.hpp"
#include "reading_text.hpp"
#include "rfc3339.hpp"
#include "store_reader.hpp"
#include "table.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kShownText = 200;

struct Listing {
    bool json;
    Table table;
    uint64_t reports = 0, damaged = 0;
};

int show_each(void* context, const char* name, const dw_reading* report)
{
    auto& listing = *static_cast<Listing*>(context);
    if (!report->data) {
        ++listing.damaged;
        complain(fmt::format("error report {} of \"{}\" is passed over: it is damaged", report->sequence, name));
        return 0;
    }
    ++listing.reports;
    if (listing.json) return print(error_object(name, *report) + "\n") ? 0 : 1;
    listing.table.row({{name},
                       {fmt::to_string(report->sequence)},
                       {rfc3339(report->finished)},
                       {outcome_text(*report), Color::kRed},
                       {one_line(error_text(*report), kShownText)}});
    return 0;
}

}  // namespace

ExitCode command_errors(const Options& options)
{
    ExitCode code;
    const auto store = StoreReader::open(options, code);
    if (!store) return code;
    Listing listing{options.json, {}};
    listing.table.column("NAME")
        .column("SEQUENCE", Table::Align::kRight)
        .column("FINISHED")
        .column("OUTCOME")
        .column("TEXT");
    const char* name = options.name.empty() ? nullptr : options.name.c_str();
    const int32_t found = dw_get_errors(store->get(), name, options.limit.value_or(0), &show_each, &listing);
    if (found != DW_OK) return exit_code_of(found);
    if (!options.json && listing.reports > 0) print(listing.table.text(wants_color(options.no_color)));
    return listing.damaged > 0 ? ExitCode::kDamage : ExitCode::kDone;
}

}  // namespace dumbwaiter
