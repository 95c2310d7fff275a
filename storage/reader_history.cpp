// SPDX-License-Identifier: BSD-3-Clause
//
// The C functions that read many things of one snapshot: history, error reports, names. All is copied first, so that
// the caller's code never runs inside a snapshot: it may be slow, read on, fork or throw.
#include <fmt/format.h>

#include <string>
#include <vector>

#include "clock.hpp"
#include "key.hpp"
#include "reader_reading.hpp"
#include "reader_registry.hpp"
#include "record.hpp"

using namespace dumbwaiter;

namespace {

struct Copy {
    std::string name;
    uint64_t sequence;  // by the key; of a newest value what it claims
    std::string bytes;
};

int32_t lmdb_refusal(int code, const dw_reader& reader, std::string_view doing)
{
    return refuse(lmdb_error(code, reader.folder, doing));
}

// The records of one name, newest first, at most `room`.
int copy_series(LmdbCursor& cursor, std::string_view name, uint64_t room, std::vector<Copy>& copies)
{
    int code = cursor.seek(history_key(name, ~uint64_t{0}));
    for (; code == kLmdbOk && room > 0; code = cursor.next(), room--) {
        auto key = parse_history_key(cursor.key());
        if (!key || key->name != name) break;
        copies.push_back({std::string(name), key->sequence, std::string(cursor.value())});
    }
    return code == kLmdbNotFound ? static_cast<int>(kLmdbOk) : code;
}

// The records of all names, grouped by name, at most `room` each.
int copy_all_series(LmdbCursor& cursor, uint64_t room, std::vector<Copy>& copies)
{
    std::string name;
    uint64_t taken = 0;
    int code = cursor.first();
    for (; code == kLmdbOk; code = cursor.next()) {
        auto key = parse_history_key(cursor.key());
        if (!key) continue;
        if (key->name != name) {
            name = key->name;
            taken = 0;
        }
        if (taken++ < room) copies.push_back({name, key->sequence, std::string(cursor.value())});
    }
    return code == kLmdbNotFound ? static_cast<int>(kLmdbOk) : code;
}

int32_t copy_history(dw_reader& reader, std::string_view name, uint64_t room, std::vector<Copy>& copies)
{
    Snapshot snapshot;
    if (auto begun = ReaderRegistry::instance().begin_for_all(reader, snapshot); !begun)
        return refuse(std::move(begun.error()));
    std::string_view newest;
    int code = snapshot.txn().get(snapshot.databases().newest, name, newest);
    if (code == kLmdbNotFound) return refuse(DW_NOT_FOUND, fmt::format("there is no value of {}", name));
    if (code == kLmdbOk) {
        copies.push_back({std::string(name), claimed_sequence(newest), std::string(newest)});
        LmdbCursor cursor;
        code = cursor.open(snapshot.txn(), snapshot.databases().history);
        if (code == kLmdbOk) code = copy_series(cursor, name, room - 1, copies);
    }
    return code == kLmdbOk ? DW_OK : lmdb_refusal(code, reader, fmt::format("reading the history of {}", name));
}

int32_t copy_errors(dw_reader& reader, const char* name, uint64_t room, std::vector<Copy>& copies)
{
    Snapshot snapshot;
    if (auto begun = ReaderRegistry::instance().begin_for_all(reader, snapshot); !begun)
        return refuse(std::move(begun.error()));
    LmdbCursor cursor;
    int code = cursor.open(snapshot.txn(), snapshot.databases().errors);
    if (code == kLmdbOk) {
        code = name == nullptr ? copy_all_series(cursor, room, copies) : copy_series(cursor, name, room, copies);
    }
    return code == kLmdbOk ? DW_OK : lmdb_refusal(code, reader, "reading error reports");
}

int32_t copy_names(dw_reader& reader, std::vector<std::string>& names)
{
    Snapshot snapshot;
    if (auto begun = ReaderRegistry::instance().begin(reader, snapshot); !begun)
        return refuse(std::move(begun.error()));
    LmdbCursor cursor;
    int code = cursor.open(snapshot.txn(), snapshot.databases().newest);
    if (code == kLmdbOk) code = cursor.first();
    for (; code == kLmdbOk; code = cursor.next()) {
        if (!is_reserved_key(cursor.key())) names.emplace_back(cursor.key());
    }
    return code == kLmdbNotFound ? DW_OK : lmdb_refusal(code, reader, "reading names");
}

// A reading that is cleared whatever the caller's code does.
struct OwnReading {
    dw_reading reading{};
    OwnReading() { reading.struct_size = sizeof(dw_reading); }
    ~OwnReading() { dw_reading_clear(&reading); }
    OwnReading(const OwnReading&) = delete;
    OwnReading& operator=(const OwnReading&) = delete;
};

int32_t hand_out(const std::vector<Copy>& copies, dw_each each, void* context)
{
    OwnReading own;
    int64_t now = wall_ns();
    for (const auto& copy : copies) {
        // The check covers the name only: a record under another's key is as good as lost.
        if (fill(own.reading, copy.name, copy.bytes, now) != DW_OK || own.reading.sequence != copy.sequence) {
            empty(own.reading);
            own.reading.sequence = copy.sequence;
            own.reading.outcome = kDamagedOutcome;
        }
        if (each(context, copy.name.c_str(), &own.reading) != 0) break;
    }
    return DW_OK;
}

uint64_t room_of(uint64_t limit)
{
    return limit == 0 ? UINT64_MAX : limit;
}

}  // namespace

extern "C" {

int32_t dw_get_history(dw_reader* reader, const char* name, uint64_t limit, dw_each each, void* context)
{
    if (reader == nullptr || name == nullptr || each == nullptr) {
        return refuse(DW_MISUSE, "dw_get_history: no reader, no name, or no callback");
    }
    if (!is_valid_name(name)) return refuse(DW_NOT_FOUND, fmt::format("\"{}\" is not a name", name));
    std::vector<Copy> copies;
    int32_t code = at_edge([&] { return copy_history(*reader, name, room_of(limit), copies); });
    return code == DW_OK ? hand_out(copies, each, context) : code;
}

int32_t dw_get_errors(dw_reader* reader, const char* name, uint64_t limit, dw_each each, void* context)
{
    if (reader == nullptr || each == nullptr) return refuse(DW_MISUSE, "dw_get_errors: no reader or no callback");
    if (name != nullptr && !is_valid_name(name)) return DW_OK;
    std::vector<Copy> copies;
    int32_t code = at_edge([&] { return copy_errors(*reader, name, room_of(limit), copies); });
    return code == DW_OK ? hand_out(copies, each, context) : code;
}

int32_t dw_each_name(dw_reader* reader, int (*each)(void* context, const char* name), void* context)
{
    if (reader == nullptr || each == nullptr) return refuse(DW_MISUSE, "dw_each_name: no reader or no callback");
    std::vector<std::string> names;
    int32_t code = at_edge([&] { return copy_names(*reader, names); });
    if (code != DW_OK) return code;
    for (const auto& name : names) {
        if (each(context, name.c_str()) != 0) break;
    }
    return DW_OK;
}

}  // extern "C"
