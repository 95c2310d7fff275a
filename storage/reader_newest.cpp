// SPDX-License-Identifier: BSD-3-Clause
//
// The C function that everybody calls all the time: the newest value. Short of nothing that the others do, but each
// step that is not needed for most reads is left to those that need it.
#include <fmt/format.h>

#include "clock.hpp"
#include "key.hpp"
#include "reader_reading.hpp"
#include "reader_registry.hpp"

using namespace dumbwaiter;

namespace {

int32_t no_value(std::string_view name)
{
    return refuse(DW_NOT_FOUND, fmt::format("there is no value of \"{}\"", name));
}

// Was nothing committed since the reading was filled? Then it holds the newest value, as of now.
bool is_still_newest(dw_reader& reader, std::string_view name, const dw_reading& reading, int64_t now)
{
    const Moment moment = moment_of(reading, name);
    if (moment.environment == 0) return false;
    SharedEnvironment* environment = reader.current.load(std::memory_order_acquire);
    return !environment->is_replaced(now) && environment->is_newest(moment);
}

int32_t read_newest(dw_reader& reader, std::string_view name, dw_reading& reading, int64_t now)
{
    Moment moment;
    size_t length = 0;
    {
        Snapshot snapshot;
        if (auto begun = ReaderRegistry::instance().begin(reader, snapshot, now); !begun)
            return refuse(std::move(begun.error()));
        std::string_view bytes;
        int code = snapshot.txn().get(snapshot.databases().newest, name, bytes);
        if (code == kLmdbNotFound) return no_value(name);
        if (code != kLmdbOk) return refuse(lmdb_error(code, reader.folder, fmt::format("reading {}", name)));
        copy_record(reading, bytes, name);
        length = bytes.size();
        moment = snapshot.moment();
    }
    const int32_t code = finish_coarse(reading, name, length, now);
    if (code == DW_OK) note_moment(reading, moment, name, length);
    return code;
}

int32_t get_value(dw_reader& reader, std::string_view name, dw_reading& reading)
{
    if (name.size() > kMaxNameLength || is_reserved_key(name)) return no_value(name);
    const int64_t now = coarse_wall_ns();
    if (!is_still_newest(reader, name, reading, now)) return read_newest(reader, name, reading, now);
    fill_again(reading, now);
    return DW_OK;
}

}  // namespace

extern "C" int32_t dw_get_value(dw_reader* reader, const char* name, dw_reading* reading)
{
    if (reader == nullptr || name == nullptr || !is_reading(reading)) {
        if (is_reading(reading)) empty(*reading);
        return refuse(DW_MISUSE, "dw_get_value: no reader, no name, or a reading without its struct_size");
    }
    const int32_t code = at_edge([&] { return get_value(*reader, name, *reading); });
    if (code != DW_OK) empty(*reading);
    return code;
}
