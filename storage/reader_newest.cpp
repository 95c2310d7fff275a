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

// Answers without a search where nothing was committed since the name was looked up: the reading holds the newest value
// still, or it lies where it lay. No snapshot is taken for that: a transaction's pages are not written again before the
// next one is committed, and that would show.
bool is_known(dw_reader& reader, std::string_view name, dw_reading& reading, int64_t now)
{
    SharedEnvironment* environment = reader.current.load(std::memory_order_acquire);
    if (environment->is_replaced(now)) return false;
    Moment moment;
    size_t length = 0;
    {
        Glance glance(*environment);
        if (!glance.is_possible()) return false;
        moment = glance.moment();
        if (moment_of(reading, name) == moment) {
            fill_again(reading, now);
            return true;
        }
        const std::string_view bytes = glance.places().find(name, moment.txn);
        if (bytes.empty()) return false;
        copy_record(reading, bytes, name);
        if (glance.moment() != moment) return false;
        length = bytes.size();
    }
    if (!finish_coarse(reading, name, length, now)) return false;
    note_moment(reading, moment, name, length);
    return true;
}

int32_t look_up(dw_reader& reader, std::string_view name, dw_reading& reading, int64_t now)
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
        snapshot.places().note(name, moment.txn, bytes);
    }
    if (!finish_coarse(reading, name, length, now)) return refuse_record(reading, name, length);
    note_moment(reading, moment, name, length);
    return DW_OK;
}

int32_t get_value(dw_reader& reader, std::string_view name, dw_reading& reading)
{
    if (name.size() > kMaxNameLength || is_reserved_key(name)) return no_value(name);
    const int64_t now = coarse_wall_ns();
    return is_known(reader, name, reading, now) ? DW_OK : look_up(reader, name, reading, now);
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
