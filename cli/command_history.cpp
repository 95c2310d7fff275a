// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter history`: the values of a function that are still kept, newest first.
#include <fmt/format.h>

#include "clock.hpp"
#include "commands.hpp"
#include "missing_name.hpp"
#include "readable.hpp"
#include "reading_text.hpp"
#include "rfc3339.hpp"
#include "store_reader.hpp"
#include "table.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kShownValue = 100;

struct Listing {
    const StoreReader& store;
    bool json;
    int64_t now;
    Table table;
    uint64_t rows = 0, damaged = 0, undecoded = 0;
};

Status show(Listing& listing, const char* name, const dw_reading& reading)
{
    if (!reading.data) return failure(Code::kDamaged, "it is damaged");
    const auto text = listing.json ? value_object(listing.store, name, reading, listing.now)
                                   : value_json(listing.store.get(), reading);
    if (!text) return std::unexpected(text.error());
    ++listing.rows;
    if (listing.json) {
        print(*text + "\n");
        return {};
    }
    listing.table.row({{fmt::to_string(reading.sequence)},
                       {rfc3339(reading.finished)},
                       {readable_seconds(static_cast<double>(reading.finished - reading.started) / 1e9)},
                       {one_line(plain(*text), kShownValue)}});
    return {};
}

int show_each(void* context, const char* name, const dw_reading* reading)
{
    auto& listing = *static_cast<Listing*>(context);
    if (const Status shown = show(listing, name, *reading); !shown) {
        ++(shown.error().code == Code::kUnsupported ? listing.undecoded : listing.damaged);
        complain(fmt::format("value {} of \"{}\" is passed over: {}", reading->sequence, name, shown.error().message));
    }
    return print("") ? 0 : 1;
}

}  // namespace

ExitCode command_history(const Options& options)
{
    ExitCode code;
    const auto store = StoreReader::open(options, code);
    if (!store) return code;
    if (!store->allow_plugins(options)) return ExitCode::kUsage;
    store->allow_plugins_of_manifest(options);
    Listing listing{*store, options.json, wall_ns(), {}};
    listing.table.column("SEQUENCE", Table::Align::kRight).column("FINISHED");
    listing.table.column("TOOK", Table::Align::kRight).column("VALUE");
    const int32_t found =
        dw_get_history(store->get(), options.name.c_str(), options.limit.value_or(0), &show_each, &listing);
    if (found == DW_NOT_FOUND) {
        complain(why_missing(*store, options.name));
        return ExitCode::kFailed;
    }
    if (found != DW_OK) return exit_code_of(found);
    if (!options.json && listing.rows > 0) print(listing.table.text(wants_color(options.no_color)));
    if (listing.damaged > 0) return ExitCode::kDamage;
    return listing.undecoded > 0 ? ExitCode::kStore : ExitCode::kDone;
}

}  // namespace dumbwaiter
