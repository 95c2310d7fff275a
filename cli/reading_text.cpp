// SPDX-License-Identifier: BSD-3-Clause
#include "reading_text.hpp"

#include <fmt/format.h>

#include <memory>

#include "codec.hpp"
#include "record.hpp"
#include "rfc3339.hpp"

namespace dumbwaiter {

double age_seconds(const dw_reading& reading, int64_t now)
{
    return static_cast<double>(now - reading.finished) / 1e9;
}

std::string_view state_name(const dw_reading& reading)
{
    return reading.state == DW_STATE_FRESH ? "fresh" : "stale";
}

std::string seconds_json(double seconds)
{
    return fmt::format("{:.6f}", seconds);
}

Expected<std::string> value_json(dw_reader* reader, const dw_reading& reading)
{
    char* text = nullptr;
    uint64_t length = 0;
    const int32_t code = dw_reading_json(reader, &reading, &text, &length);
    if (code != DW_OK) {
        if (code != DW_UNSUPPORTED) return failure(Code::kDamaged, dw_reader_error());
        return failure(Code::kUnsupported, fmt::format("{} (folders of serializer plugins are named by --plugins DIR, "
                                                       "or by the plugin_path of the manifest)",
                                                       dw_reader_error()));
    }
    const std::unique_ptr<char, void (*)(void*)> owner(text, &dw_free);
    return std::string(text, length);
}

std::string plain(const std::string& json)
{
    // What JSON has no number for stands as an object of one key there.
    for (const std::string_view number : {"nan", "inf", "-inf"}) {
        if (json == fmt::format(R"({{"f64":"{}"}})", number)) return std::string(number);
    }
    if (!json.starts_with('"')) return json;
    const auto text = decode(Serializer::kJson, json);
    return text ? std::string(text->text_of(text->nodes[0])) : json;
}

Expected<std::string> value_object(const StoreReader& store, std::string_view name, const dw_reading& reading,
                                   int64_t now)
{
    const auto value = value_json(store.get(), reading);
    if (!value) return std::unexpected(value.error());
    return fmt::format(
        R"({{"name":{},"sequence":{},"value":{},"serializer":{},"size":{},"due":"{}","started":"{}","finished":"{}",)"
        R"("state":"{}","age":{}}})",
        json_quote(name), reading.sequence, *value, json_quote(store.serializer_name(reading.serializer)),
        reading.length, rfc3339(reading.due), rfc3339(reading.started), rfc3339(reading.finished), state_name(reading),
        seconds_json(age_seconds(reading, now)));
}

std::string error_object(std::string_view name, const dw_reading& reading)
{
    return fmt::format(
        R"({{"name":{},"sequence":{},"outcome":{},"text":{},"due":"{}","started":"{}","finished":"{}"}})",
        json_quote(name), reading.sequence, json_quote(outcome_text(reading)), json_quote(error_text(reading)),
        rfc3339(reading.due), rfc3339(reading.started), rfc3339(reading.finished));
}

std::string_view error_text(const dw_reading& reading)
{
    return {static_cast<const char*>(reading.data), reading.length};
}

std::string outcome_text(const dw_reading& reading)
{
    if (reading.outcome > static_cast<uint32_t>(Outcome::kMalformed)) return fmt::format("outcome {}", reading.outcome);
    return std::string(outcome_name(static_cast<Outcome>(reading.outcome)));
}

}  // namespace dumbwaiter
