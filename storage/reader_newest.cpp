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

// The name to be read, where it goes, and the coarse time.
struct Wish {
    dw_reader& reader;
    std::string_view name;
    dw_reading& reading;
    int64_t now;
};

bool finish_newest(const Wish& wish, size_t length, const Moment& moment)
{
    if (!finish_coarse(wish.reading, wish.name, length, wish.now)) return false;
    note_moment(wish.reading, moment, wish.name, length);
    return true;
}

// Answers without a search where nothing was committed since the name was looked up: the reading holds the newest value
// still, or it lies where it lay. No snapshot is taken for that: a transaction's pages are not written again before the
// next one is committed, and that would show.
bool is_known(const Wish& wish, Glance& glance)
{
    const Moment held = moment_of(wish.reading, wish.name);
    const bool look = glance.places().is_worth_a_look();
    if (held.environment == 0 && !look) return false;
    const Moment moment = glance.moment();
    if (held == moment) {
        fill_again(wish.reading, wish.now);
        return true;
    }
    const std::string_view bytes = look ? glance.places().find(wish.name, moment.txn) : std::string_view();
    if (bytes.empty()) return false;
    copy_record(wish.reading, bytes, wish.name);
    return glance.moment() == moment && finish_newest(wish, bytes.size(), moment);
}

int32_t look_up(const Wish& wish, Snapshot& snapshot)
{
    std::string_view bytes;
    int code = snapshot.txn().get(snapshot.databases().newest, wish.name, bytes);
    if (code == kLmdbNotFound) return no_value(wish.name);
    if (code != kLmdbOk) return refuse(lmdb_error(code, wish.reader.folder, fmt::format("reading {}", wish.name)));
    copy_record(wish.reading, bytes, wish.name);
    const size_t length = bytes.size();
    const Moment moment = snapshot.moment();
    snapshot.places().note(wish.name, moment.txn, bytes);
    snapshot.end();
    return finish_newest(wish, length, moment) ? DW_OK : refuse_record(wish.reading, wish.name, length);
}

int32_t get_value(const Wish& wish)
{
    if (wish.name.size() > kMaxNameLength || is_reserved_key(wish.name)) return no_value(wish.name);
    Snapshot snapshot;
    SharedEnvironment* environment = wish.reader.current.load(std::memory_order_acquire);
    if (!environment->is_replaced(wish.now)) {
        Glance glance(*environment);
        if (glance.is_possible()) {
            if (is_known(wish, glance)) return DW_OK;
            if (glance.become(snapshot)) return look_up(wish, snapshot);
        }
    }
    if (auto begun = ReaderRegistry::instance().begin(wish.reader, snapshot, wish.now); !begun)
        return refuse(std::move(begun.error()));
    return look_up(wish, snapshot);
}

}  // namespace

extern "C" int32_t dw_get_value(dw_reader* reader, const char* name, dw_reading* reading)
{
    if (reader == nullptr || name == nullptr || !is_reading(reading)) {
        if (is_reading(reading)) empty(*reading);
        return refuse(DW_MISUSE, "dw_get_value: no reader, no name, or a reading without its struct_size");
    }
    const int32_t code = at_edge([&] { return get_value({*reader, name, *reading, coarse_wall_ns()}); });
    if (code != DW_OK) empty(*reading);
    return code;
}
