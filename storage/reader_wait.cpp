// SPDX-License-Identifier: BSD-3-Clause
//
// dw_wait: look at the word, look at the value, sleep on the word.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "clock.hpp"
#include "key.hpp"
#include "reader_reading.hpp"
#include "reader_registry.hpp"

using namespace dumbwaiter;

namespace {

// Nobody raises the words of a store whose folder was removed: every so often a sleeper looks whether its is still
// there.
constexpr uint64_t kLongestSleep = 2'000'000'000;

int32_t wait_for(dw_reader& reader, const char* name, uint64_t after, uint64_t timeout_ns, dw_reading& reading)
{
    const uint32_t index = wake_word(name);
    const auto start = static_cast<uint64_t>(monotonic_ns());
    const uint64_t end = timeout_ns > UINT64_MAX - start ? UINT64_MAX : start + timeout_ns;
    for (;;) {
        auto environment = ReaderRegistry::instance().environment(reader);
        if (!environment) return refuse(std::move(environment.error()));
        const WakeFile* wake = (*environment)->wake();
        // Before the value is looked at: a commit in between changes the word, and the sleep ends at once.
        uint32_t seen = wake != nullptr ? wake->word(index) : 0;

        int32_t code = dw_get_value(&reader, name, &reading);
        if (code == DW_OK && reading.sequence > after) return DW_OK;
        if (code != DW_OK && code != DW_NOT_FOUND) return code;
        const auto now = static_cast<uint64_t>(monotonic_ns());
        if (now >= end) return refuse(DW_TIMEOUT, fmt::format("no value of {} above {} came in time", name, after));
        if (wake == nullptr) {
            return refuse(DW_NO_STORE,
                          fmt::format("{} has no wake file, so there is nothing to wait on; start its host",
                                      reader.folder.string()));
        }
        wake->wait(index, seen, std::min(end - now, kLongestSleep));
    }
}

}  // namespace

extern "C" int32_t dw_wait(dw_reader* reader, const char* name, uint64_t after, uint64_t timeout_ns,
                           dw_reading* reading)
{
    if (is_reading(reading)) empty(*reading);
    if (reader == nullptr || name == nullptr || !is_reading(reading)) {
        return refuse(DW_MISUSE, "dw_wait: no reader, no name, or a reading without its struct_size");
    }
    if (!is_valid_name(name))
        return refuse(DW_MISUSE, fmt::format("\"{}\" is not a name: no value of it can come", name));
    const int32_t code = at_edge([&] { return wait_for(*reader, name, after, timeout_ns, *reading); });
    if (code != DW_OK) empty(*reading);  // an older value may have been looked at
    return code;
}
