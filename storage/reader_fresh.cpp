// SPDX-License-Identifier: BSD-3-Clause
//
// dw_get_value_fresh: the newest value if it is young enough, else one that the host is asked for.
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "clock.hpp"
#include "codec.hpp"
#include "field.hpp"
#include "host_request.hpp"
#include "key.hpp"
#include "reader_reading.hpp"
#include "reader_registry.hpp"

using namespace dumbwaiter;

namespace {

constexpr int64_t kStampSlack = 2 * kSecond;  // a stamp from further ahead tells nothing of the value's age

int64_t clamped(uint64_t nanoseconds)
{
    return static_cast<int64_t>(std::min<uint64_t>(nanoseconds, std::numeric_limits<int64_t>::max()));
}

bool is_young(const dw_reading& reading, int64_t max_age)
{
    const int64_t now = wall_ns();
    return reading.finished <= now + kStampSlack && now - reading.finished <= max_age;
}

// DW_OK once a run that all who ask share has brought a value, and that is committed.
int32_t ask_for(const dw_reader& reader, const char* name, int64_t max_age, uint64_t timeout_ns)
{
    const int64_t now = monotonic_ns();
    const int64_t until = timeout_ns >= static_cast<uint64_t>(kNoEnd - now) ? kNoEnd : now + clamped(timeout_ns);
    const std::string request = fmt::format(R"({{"do":"fresh","name":{},"max_age_ns":{}}})", json_quote(name), max_age);
    const auto answer = ask_host(reader.folder, request, until);
    if (!answer) {
        const Error& error = answer.error();
        const int32_t code = error.code == Code::kTimeout  ? DW_TIMEOUT
                             : error.code == Code::kDenied ? DW_DENIED
                                                           : DW_ERROR;
        return refuse(code, error.message);
    }
    const Field fields(*answer);
    if (fields["code"].integer() == DW_OK) return DW_OK;
    return refuse(fields["code"].integer() == DW_NOT_FOUND ? DW_NOT_FOUND : DW_ERROR,
                  fields["text"].text().value_or("the host refused without a word"));
}

int32_t get_fresh(dw_reader& reader, const char* name, uint64_t max_age_ns, uint64_t timeout_ns, dw_reading& reading)
{
    const int64_t max_age = clamped(max_age_ns);
    int32_t code = dw_get_value(&reader, name, &reading);
    if (code != DW_OK && code != DW_NOT_FOUND) return code;
    const bool has_value = code == DW_OK;
    if (has_value && is_young(reading, max_age)) return DW_OK;
    code = ask_for(reader, name, max_age, timeout_ns);
    if (code == DW_OK) return dw_get_value(&reader, name, &reading);
    return code == DW_NOT_FOUND && has_value ? DW_ERROR : code;
}

}  // namespace

extern "C" int32_t dw_get_value_fresh(dw_reader* reader, const char* name, uint64_t max_age_ns, uint64_t timeout_ns,
                                      dw_reading* reading)
{
    if (is_reading(reading)) empty(*reading);
    if (reader == nullptr || name == nullptr || !is_reading(reading)) {
        return refuse(DW_MISUSE, "dw_get_value_fresh: no reader, no name, or a reading without its struct_size");
    }
    if (!is_valid_name(name))
        return refuse(DW_MISUSE, fmt::format("\"{}\" is not a name: no value of it can come", name));
    return at_edge([&] { return get_fresh(*reader, name, max_age_ns, timeout_ns, *reading); });
}
