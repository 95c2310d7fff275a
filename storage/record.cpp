// SPDX-License-Identifier: BSD-3-Clause
//
// Records to bytes and back. All fields are copied out before use, as LMDB gives memory of any alignment.
#include "record.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

#include "builder.hpp"
#include "crc32c.hpp"

namespace dumbwaiter {

namespace {

constexpr uint8_t kFormat = 1;
constexpr uint8_t kMustUnderstandFlags = 0xf0;
constexpr uint16_t kTagMediaType = 1;
constexpr size_t kCrcAt = 56;
constexpr int64_t kClockSlack = 2'000'000'000;  // how far ahead of us a finish may lie and still be believed

template <typename T>
T little_endian(T value)
{
    return std::endian::native == std::endian::little ? value : std::byteswap(value);
}

template <typename T>
void put(std::string& out, size_t at, T value)
{
    value = little_endian(value);
    std::memcpy(out.data() + at, &value, sizeof value);
}

template <typename T>
T take(std::string_view bytes, size_t at)
{
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return little_endian(value);
}

uint32_t checksum(std::string_view name, std::string_view record)
{
    return crc32c_around(crc32c(name), record.data(), record.size(), kCrcAt);
}

std::string_view media_type_of(std::string_view entries)
{
    while (entries.size() >= 4) {
        auto tag = take<uint16_t>(entries, 0);
        auto length = take<uint16_t>(entries, 2);
        if (entries.size() < 4u + length) break;
        if (tag == kTagMediaType) return entries.substr(4, length);
        entries.remove_prefix(4u + length);
    }
    return {};
}

Error damaged(std::string_view name, std::string_view what)
{
    return {Code::kDamaged, fmt::format("a record of {} is damaged: {}", name, what)};
}

}  // namespace

std::string_view outcome_name(Outcome outcome)
{
    switch (outcome) {
        case Outcome::kOk: return "ok";
        case Outcome::kFailed: return "failed";
        case Outcome::kThrew: return "threw";
        case Outcome::kTimedOut: return "timed out";
        case Outcome::kCrashed: return "crashed";
        case Outcome::kTooLarge: return "too large";
        case Outcome::kRefused: return "refused";
        case Outcome::kCancelled: return "cancelled";
        case Outcome::kMalformed: return "malformed";
    }
    return "unknown";
}

void encode_record(std::string_view name, const Record& record, std::string& out)
{
    std::string_view media_type = record.media_type.substr(0, kMaxMediaType);
    size_t header_size = kRecordHeaderSize + (media_type.empty() ? 0 : 4 + media_type.size());
    size_t at = out.size();
    out.reserve(at + header_size + record.payload.size());
    out.resize(at + header_size, '\0');

    out[at] = 'D';
    out[at + 1] = 'W';
    put<uint8_t>(out, at + 2, kFormat);
    put<uint16_t>(out, at + 4, static_cast<uint16_t>(header_size));
    put<uint8_t>(out, at + 6, record.serializer);
    put<uint8_t>(out, at + 7, static_cast<uint8_t>(record.outcome));
    put<uint64_t>(out, at + 8, record.sequence);
    put<int64_t>(out, at + 16, record.due);
    put<int64_t>(out, at + 24, record.started);
    put<int64_t>(out, at + 32, record.finished);
    put<int64_t>(out, at + 40, record.fresh_until);
    put<uint64_t>(out, at + 48, record.payload.size());
    if (!media_type.empty()) {
        put<uint16_t>(out, at + kRecordHeaderSize, kTagMediaType);
        put<uint16_t>(out, at + kRecordHeaderSize + 2, static_cast<uint16_t>(media_type.size()));
        out.replace(at + kRecordHeaderSize + 4, media_type.size(), media_type);
    }
    out.append(record.payload);
    put<uint32_t>(out, at + kCrcAt, checksum(name, std::string_view(out).substr(at)));
}

void take_fields(std::string_view bytes, Record& record)
{
    record.serializer = take<uint8_t>(bytes, 6);
    record.outcome = static_cast<Outcome>(take<uint8_t>(bytes, 7));
    record.sequence = take<uint64_t>(bytes, 8);
    record.due = take<int64_t>(bytes, 16);
    record.started = take<int64_t>(bytes, 24);
    record.finished = take<int64_t>(bytes, 32);
    record.fresh_until = take<int64_t>(bytes, 40);
    record.payload = bytes.substr(take<uint16_t>(bytes, 4));
}

bool take_record(std::string_view name, std::string_view bytes, Record& record)
{
    if (bytes.size() < kRecordHeaderSize || bytes[0] != 'D' || bytes[1] != 'W') return false;
    if (take<uint8_t>(bytes, 2) != kFormat || (take<uint8_t>(bytes, 3) & kMustUnderstandFlags) != 0) return false;
    const auto header_size = take<uint16_t>(bytes, 4);
    if (header_size < kRecordHeaderSize || header_size > bytes.size()) return false;
    if (take<uint64_t>(bytes, 48) != bytes.size() - header_size) return false;
    if (take<uint32_t>(bytes, kCrcAt) != checksum(name, bytes)) return false;
    take_fields(bytes, record);
    record.media_type = media_type_of(bytes.substr(kRecordHeaderSize, header_size - kRecordHeaderSize));
    return true;
}

Error record_fault(std::string_view name, std::string_view bytes)
{
    if (bytes.size() < kRecordHeaderSize) return damaged(name, "it is shorter than its header");
    if (bytes[0] != 'D' || bytes[1] != 'W') return damaged(name, "it does not begin with DW");
    auto format = take<uint8_t>(bytes, 2);
    if (format != kFormat) {
        return {Code::kIncompatible,
                fmt::format("a record of {} is of format {}, this build reads format {}", name, format, kFormat)};
    }
    auto header_size = take<uint16_t>(bytes, 4);
    if (header_size < kRecordHeaderSize || header_size > bytes.size())
        return damaged(name, "its header size is impossible");
    if (take<uint64_t>(bytes, 48) != bytes.size() - header_size) return damaged(name, "its payload length is wrong");
    if (take<uint32_t>(bytes, kCrcAt) != checksum(name, bytes)) return damaged(name, "its CRC is wrong");
    return {Code::kIncompatible,
            fmt::format("a record of {} has flags {:#04x} that this build lacks", name, take<uint8_t>(bytes, 3))};
}

Expected<Record> decode_record(std::string_view name, std::string_view bytes)
{
    Record record;
    if (!take_record(name, bytes, record)) return std::unexpected(record_fault(name, bytes));
    return record;
}

uint64_t claimed_sequence(std::string_view bytes)
{
    return bytes.size() < kRecordHeaderSize ? 0 : take<uint64_t>(bytes, 8);
}

State state_at(const Record& record, int64_t now_unix_ns)
{
    // In this order nothing overflows, whatever a record claims.
    bool from_the_future = record.finished > now_unix_ns && record.finished - kClockSlack > now_unix_ns;
    bool is_over = record.fresh_until != 0 && now_unix_ns > record.fresh_until;
    return from_the_future || is_over ? State::kStale : State::kFresh;
}

}  // namespace dumbwaiter
