// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter get`: the newest value of a function.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "clock.hpp"
#include "commands.hpp"
#include "missing_name.hpp"
#include "readable.hpp"
#include "reading_text.hpp"
#include "rfc3339.hpp"
#include "serializer_plugin.hpp"
#include "store_reader.hpp"
#include "terminal.hpp"

namespace dumbwaiter {

namespace {

// A store that is replaced or lacks its host's files is one without a value yet.
int32_t wait_for_value(const StoreReader& store, const Options& options, int64_t until, Reading& reading)
{
    for (;;) {
        const int64_t left = std::max<int64_t>(until - monotonic_ns(), 0);
        const int32_t code =
            dw_wait(store.get(), options.name.c_str(), options.after, static_cast<uint64_t>(left), reading.raw());
        if (code != DW_NO_STORE || left == 0) return code;
        usleep(kStorePause);
    }
}

std::string why_late(const StoreReader& store, const Options& options)
{
    const bool has_waited = *options.wait > 0;
    const std::string waited = readable_seconds(*options.wait);
    std::string said = why_missing(store, options.name);
    if (options.after > 0) {
        said = fmt::format("no value of \"{}\" after {} ", options.name, options.after) +
               (has_waited ? "came within " + waited : "is there");
    } else if (has_waited) {
        said.insert(0, fmt::format("after {}: ", waited));
    }
    if (store.live_host().empty()) said += fmt::format("; no host is running on {}", store.folder().string());
    return said;
}

int32_t read_value(const StoreReader& store, const Options& options, int64_t until, Reading& reading)
{
    if (!options.max_age) {
        return options.wait ? wait_for_value(store, options, until, reading)
                            : dw_get_value(store.get(), options.name.c_str(), reading.raw());
    }
    const uint64_t time_left =
        options.wait ? static_cast<uint64_t>(std::max<int64_t>(until - monotonic_ns(), 0)) : UINT64_MAX;
    return dw_get_value_fresh(store.get(), options.name.c_str(), static_cast<uint64_t>(*options.max_age * 1e9),
                              time_left, reading.raw());
}

// Waits where the user asked for it. On failure what is wrong has been said; kStale: an older value is in the reading.
ExitCode read(const StoreReader& store, const Options& options, int64_t until, Reading& reading)
{
    const int32_t code = read_value(store, options, until, reading);
    const bool is_older = options.max_age && code != DW_OK && reading.raw()->data != nullptr;
    if (is_older) {
        complain(fmt::format("the value of \"{}\" is {} old and could not be refreshed: {}", options.name,
                             readable_seconds(age_seconds(*reading.raw(), wall_ns())), dw_reader_error()));
        return ExitCode::kStale;
    }
    const bool has_reason = options.max_age && (code == DW_ERROR || code == DW_DENIED);
    if (has_reason) complain(fmt::format("there is no value of \"{}\" yet: {}", options.name, dw_reader_error()));
    if (code != DW_NOT_FOUND && code != DW_TIMEOUT) return has_reason ? ExitCode::kFailed : exit_code_of(code);
    complain(code == DW_TIMEOUT && options.wait ? why_late(store, options) : why_missing(store, options.name));
    return ExitCode::kFailed;
}

std::string facts(const StoreReader& store, const std::string& name, const dw_reading& reading)
{
    const std::string media_type = dw_reading_media_type(&reading);
    std::string text =
        fmt::format("name        {}\nsequence    {}\nstate       {}\nage         {}\n", name, reading.sequence,
                    state_name(reading), readable_seconds(age_seconds(reading, wall_ns())));
    text += fmt::format("serializer  {}\n", store.serializer_name(reading.serializer));
    if (!media_type.empty()) text += fmt::format("media type  {}\n", media_type);
    text +=
        fmt::format("size        {}\ndue         {}\nstarted     {}\nfinished    {}\n", readable_bytes(reading.length),
                    rfc3339(reading.due), rfc3339(reading.started), rfc3339(reading.finished));
    text += fmt::format("fresh until {}\n", reading.fresh_until == 0 ? "always" : rfc3339(reading.fresh_until));
    return text;
}

Expected<std::string> shown(const StoreReader& store, const Options& options, const dw_reading& reading)
{
    if (options.raw) return std::string(static_cast<const char*>(reading.data), reading.length);
    if (options.meta) return facts(store, options.name, reading);
    auto text = options.json ? value_object(store, options.name, reading, wall_ns()) : value_json(store.get(), reading);
    if (!text) return text;
    return (options.json ? *text : plain(*text)) + "\n";
}

}  // namespace

ExitCode command_get(const Options& options)
{
    ExitCode code;
    const int64_t until = options.wait ? monotonic_ns() + static_cast<int64_t>(*options.wait * 1e9) : 0;
    const auto store = StoreReader::open(options, code, until);
    if (!store) return code;
    if (!store->allow_plugins(options)) return ExitCode::kUsage;
    Reading reading;
    code = read(*store, options, until, reading);
    if (code != ExitCode::kDone && code != ExitCode::kStale) return code;
    if (reading.serializer() >= kFirstPluginSerializer) store->allow_plugins_of_manifest(options);

    const auto text = shown(*store, options, *reading.raw());
    if (!text) {
        complain(fmt::format("\"{}\" cannot be shown: {}; --raw gives its bytes", options.name, text.error().message));
        return text.error().code == Code::kDamaged ? ExitCode::kDamage : ExitCode::kStore;
    }
    print(*text);
    return code;
}

}  // namespace dumbwaiter
