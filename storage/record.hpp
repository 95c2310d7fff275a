// SPDX-License-Identifier: BSD-3-Clause
//
// One record of the store, bytes and struct (FORMAT.md section 3). Pure: no LMDB, no clock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "status.hpp"

namespace dumbwaiter {

enum class Outcome : uint8_t {
    kOk = 0,
    kFailed = 1,
    kThrew = 2,
    kTimedOut = 3,
    kCrashed = 4,
    kTooLarge = 5,
    kRefused = 6,
    kCancelled = 7,
    kMalformed = 8,
};

// "ok", "failed", "threw", "timed out", ...
std::string_view outcome_name(Outcome outcome);

inline constexpr size_t kRecordHeaderSize = 64;
inline constexpr size_t kMaxErrorText = 64 * 1024;

// Times are Unix nanoseconds. Views point into the bytes that were decoded, or into the caller's own.
struct Record {
    uint8_t serializer = 0;  // 0 raw, 1 json, 2 msgpack, 3 cbor, 128..254 plugins
    Outcome outcome = Outcome::kOk;
    uint64_t sequence = 0;
    int64_t due = 0, started = 0, finished = 0;
    int64_t fresh_until = 0;      // 0 = always; 0 in errors
    std::string_view media_type;  // header tag 1; empty = none; what is longer than kMaxMediaType is cut
    std::string_view payload;
};

// Appends the record's bytes. The CRC covers the name, so a record under a wrong key is found out.
void encode_record(std::string_view name, const Record& record, std::string& out);

// kDamaged: magic, lengths or CRC are wrong. kIncompatible: a format or must-understand flag that this build lacks.
Expected<Record> decode_record(std::string_view name, std::string_view bytes);

// The same for who has no time for errors: false is either of both, and record_fault() says which.
bool take_record(std::string_view name, std::string_view bytes, Record& record);
Error record_fault(std::string_view name, std::string_view bytes);

// All but the media type, of bytes that were checked before.
void take_fields(std::string_view bytes, Record& record);

// What a record says its sequence is, unchecked: for naming a record that does not decode. 0 if it is too short to say.
uint64_t claimed_sequence(std::string_view bytes);

enum class State { kFresh, kStale };

// What a reader may say of a value at wall time `now`, from its record alone.
State state_at(const Record& record, int64_t now_unix_ns);
// The same for a clock that says only that it is between `from` and `to`; nullopt where that is not enough to tell.
inline std::optional<State> state_within(const Record& record, int64_t from, int64_t to)
{
    if (record.fresh_until != 0 && record.fresh_until < from) return State::kStale;
    if (record.finished <= from && (record.fresh_until == 0 || record.fresh_until >= to)) return State::kFresh;
    return std::nullopt;
}

}  // namespace dumbwaiter
