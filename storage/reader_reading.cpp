// SPDX-License-Identifier: BSD-3-Clause
//
// Filling and clearing readings.
#include "reader_reading.hpp"

#include <cstdlib>
#include <cstring>
#include <ctime>

#include "clock.hpp"
#include "record.hpp"

namespace dumbwaiter {

static_assert(sizeof(dw_reading) == 136, "version 1 of the struct; append only");

namespace {

thread_local std::string last_error;

char* buffer_of(const dw_reading& reading)
{
    return reinterpret_cast<char*>(static_cast<uintptr_t>(reading.reserved[kBuffer]));
}

// At least `wanted` bytes, what was there is lost.
char* make_room(dw_reading& reading, size_t wanted)
{
    if (reading.reserved[kCapacity] >= wanted) return buffer_of(reading);
    size_t capacity =
        wanted < 256 ? 256 : wanted + wanted / 4;  // a value that grows slowly needs no new buffer each time
    std::free(buffer_of(reading));
    reading.reserved[kBuffer] = 0;
    reading.reserved[kCapacity] = 0;
    auto* buffer = static_cast<char*>(std::malloc(capacity));
    if (buffer == nullptr) throw std::bad_alloc();
    reading.reserved[kBuffer] = reinterpret_cast<uintptr_t>(buffer);
    reading.reserved[kCapacity] = capacity;
    return buffer;
}

int32_t code_of(Code code)
{
    switch (code) {
        case Code::kInvalidArgument: return DW_MISUSE;
        case Code::kNotFound: return DW_NOT_FOUND;
        case Code::kUnsupported: return DW_UNSUPPORTED;
        case Code::kDenied: return DW_DENIED;
        case Code::kDamaged: return DW_DAMAGED;
        case Code::kTimeout: return DW_TIMEOUT;
        case Code::kTooLarge:
        case Code::kFull:
        case Code::kBusy: return DW_LIMIT;
        case Code::kIncompatible:
        case Code::kNoStore:
        case Code::kIo: return DW_NO_STORE;
    }
    return DW_ERROR;
}

}  // namespace

void empty(dw_reading& reading)
{
    reading.state = 0;
    reading.sequence = 0;
    reading.due = reading.started = reading.finished = reading.fresh_until = 0;
    reading.serializer = reading.outcome = 0;
    reading.data = nullptr;
    reading.length = 0;
    reading.reserved[kMediaType] = 0;
    reading.reserved[kEnvironment] = 0;
}

void copy_record(dw_reading& reading, std::string_view bytes, std::string_view name)
{
    reading.reserved[kEnvironment] = 0;
    char* buffer = make_room(reading, bytes.size() + 1 + name.size());
    // Not std::ranges::copy, which libstdc++ 12 makes a loop over single bytes.
    if (!bytes.empty()) std::memcpy(buffer, bytes.data(), bytes.size());
    buffer[bytes.size()] = '\0';
    if (!name.empty()) std::memcpy(buffer + bytes.size() + 1, name.data(), name.size());
}

static State state_by(const Record& record, int64_t coarse)
{
    const auto state = state_within(record, coarse, coarse + kCoarseLag);
    return state ? *state : state_at(record, wall_ns());
}

static void show(dw_reading& reading, const Record& record, State state)
{
    reading.state = state == State::kFresh ? DW_STATE_FRESH : DW_STATE_STALE;
    reading.sequence = record.sequence;
    reading.due = record.due;
    reading.started = record.started;
    reading.finished = record.finished;
    reading.fresh_until = record.fresh_until;
    reading.serializer = record.serializer;
    reading.outcome = static_cast<uint32_t>(record.outcome);
    reading.data = record.payload.data();
    reading.length = record.payload.size();
}

static void show_media_type(dw_reading& reading, std::string_view found)
{
    reading.reserved[kMediaType] = 0;
    if (found.empty()) return;
    // Moved onto the tag and length before it, which are done with, so that there is room for its NUL.
    char* media_type = const_cast<char*>(found.data()) - 4;
    std::memmove(media_type, found.data(), found.size());
    media_type[found.size()] = '\0';
    reading.reserved[kMediaType] = reinterpret_cast<uintptr_t>(media_type);
}

int32_t refuse_record(dw_reading& reading, std::string_view name, size_t length)
{
    Error error = record_fault(name, {buffer_of(reading), length});
    empty(reading);
    // Of a single record it says nothing against the store.
    if (error.code == Code::kIncompatible) return refuse(DW_UNSUPPORTED, std::move(error.message));
    return refuse(std::move(error));
}

template <typename Judge>
static bool finish_by(dw_reading& reading, std::string_view name, size_t length, Judge&& judge)
{
    Record record;
    if (!take_record(name, {buffer_of(reading), length}, record)) return false;
    show(reading, record, judge(record));
    show_media_type(reading, record.media_type);
    return true;
}

int32_t finish(dw_reading& reading, std::string_view name, size_t length, int64_t now)
{
    const auto judge = [&](const Record& record) { return state_at(record, now); };
    return finish_by(reading, name, length, judge) ? DW_OK : refuse_record(reading, name, length);
}

bool finish_coarse(dw_reading& reading, std::string_view name, size_t length, int64_t coarse)
{
    return finish_by(reading, name, length, [&](const Record& record) { return state_by(record, coarse); });
}

void note_moment(dw_reading& reading, const Moment& moment, std::string_view name, size_t length)
{
    reading.reserved[kEnvironment] = moment.environment;
    reading.reserved[kTxn] = moment.txn;
    reading.reserved[kRecordLength] = length;
    reading.reserved[kNameLength] = name.size();
}

Moment moment_of(const dw_reading& reading, std::string_view name)
{
    if (reading.reserved[kEnvironment] == 0 || reading.reserved[kNameLength] != name.size()) return {};
    const char* its_name = buffer_of(reading) + reading.reserved[kRecordLength] + 1;
    if (std::memcmp(its_name, name.data(), name.size()) != 0) return {};
    return {reading.reserved[kEnvironment], reading.reserved[kTxn]};
}

void fill_again(dw_reading& reading, int64_t coarse)
{
    Record record;
    take_fields({buffer_of(reading), reading.reserved[kRecordLength]}, record);
    show(reading, record, state_by(record, coarse));
}

int32_t fill(dw_reading& reading, std::string_view name, std::string_view bytes, int64_t now)
{
    copy_record(reading, bytes);
    return finish(reading, name, bytes.size(), now);
}

// The payload, a NUL, the media type, a NUL.
static void copy_reading(const dw_reading& from, dw_reading& to)
{
    std::string_view media_type = dw_reading_media_type(&from);
    empty(to);
    char* buffer = make_room(to, from.length + media_type.size() + 2);
    to.state = from.state;
    to.sequence = from.sequence;
    to.due = from.due;
    to.started = from.started;
    to.finished = from.finished;
    to.fresh_until = from.fresh_until;
    to.serializer = from.serializer;
    to.outcome = from.outcome;
    if (from.data == nullptr) return;
    std::memcpy(buffer, from.data, from.length);
    buffer[from.length] = '\0';
    to.data = buffer;
    to.length = from.length;
    if (media_type.empty()) return;
    char* second = buffer + from.length + 1;
    std::memcpy(second, media_type.data(), media_type.size());
    second[media_type.size()] = '\0';
    to.reserved[kMediaType] = reinterpret_cast<uintptr_t>(second);
}

int32_t refuse(int32_t code, std::string sentence)
{
    last_error = std::move(sentence);
    return code;
}

int32_t refuse(Error error)
{
    return refuse(code_of(error.code), std::move(error.message));
}

}  // namespace dumbwaiter

using namespace dumbwaiter;

extern "C" {

const char* dw_reader_error(void)
{
    return last_error.c_str();
}

const char* dw_reading_media_type(const dw_reading* reading)
{
    if (!is_reading(reading) || reading->reserved[kMediaType] == 0) return "";
    return reinterpret_cast<const char*>(static_cast<uintptr_t>(reading->reserved[kMediaType]));
}

int32_t dw_reading_copy(const dw_reading* from, dw_reading* to)
{
    if (!is_reading(from) || !is_reading(to)) {
        if (is_reading(to)) empty(*to);
        return refuse(DW_MISUSE, "dw_reading_copy: a reading without its struct_size");
    }
    if (from == to) return DW_OK;
    return at_edge([&] {
        copy_reading(*from, *to);
        return DW_OK;
    });
}

void dw_reading_clear(dw_reading* reading)
{
    if (!is_reading(reading)) return;
    std::free(buffer_of(*reading));
    uint32_t size = reading->struct_size;
    std::memset(reading, 0, kSizeOfVersion1);
    reading->struct_size = size;
}

void dw_free(void* text)
{
    std::free(text);
}

}  // extern "C"
