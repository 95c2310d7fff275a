// SPDX-License-Identifier: BSD-3-Clause
//
// Records: their bytes, for ever, and what is refused.
#include "record.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

using namespace dumbwaiter;

namespace {

std::string golden(const std::string& file)
{
    std::ifstream in(std::string(GOLDEN_FOLDER) + "/" + file);
    std::string bytes;
    for (std::string token; in >> token;) bytes.push_back(static_cast<char>(std::stoi(token, nullptr, 16)));
    return bytes;
}

Record example()
{
    Record record;
    record.serializer = 1;
    record.sequence = 5;
    record.due = 1795413600000000000;
    record.started = 1795413600000100000;
    record.finished = 1795413600000400000;
    record.fresh_until = 1795413630000400000;
    record.payload = "21";
    return record;
}

Record typed_example()
{
    Record record = example();
    record.serializer = 0;
    record.media_type = "image/png";
    record.payload = std::string_view("\x89PNG\0\n", 6);
    return record;
}

std::string bytes_of(std::string_view name, const Record& record)
{
    std::string bytes;
    encode_record(name, record, bytes);
    return bytes;
}

}  // namespace

TEST_CASE("a record has the bytes of the format")
{
    CHECK(bytes_of("seed", example()) == golden("record_value.hex"));
    CHECK(bytes_of("logo", typed_example()) == golden("record_media_type.hex"));
}

TEST_CASE("stored records are read for ever")
{
    std::string stored = golden("record_media_type.hex");
    auto record = decode_record("logo", stored);
    REQUIRE(record);
    CHECK(record->sequence == 5);
    CHECK(record->due == 1795413600000000000);
    CHECK(record->started == 1795413600000100000);
    CHECK(record->finished == 1795413600000400000);
    CHECK(record->fresh_until == 1795413630000400000);
    CHECK(record->media_type == "image/png");
    CHECK(record->payload == std::string_view("\x89PNG\0\n", 6));
}

TEST_CASE("entries of a longer header that this build does not know are passed over")
{
    std::string stored = golden("record_longer_header.hex");
    auto record = decode_record("seed", stored);
    REQUIRE(record);
    CHECK(record->media_type == "text/plain");
    CHECK(record->payload == "21");
}

TEST_CASE("no single bit of a record can flip unseen")
{
    const std::string good = bytes_of("logo", typed_example());
    for (size_t bit = 0; bit < good.size() * 8; bit++) {
        std::string bad = good;
        bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
        CAPTURE(bit);
        CHECK_FALSE(decode_record("logo", bad).has_value());
    }
}

TEST_CASE("no length of a record can be taken for the whole")
{
    const std::string good = bytes_of("seed", example());
    for (size_t length = 0; length < good.size(); length++) {
        auto record = decode_record("seed", std::string_view(good).substr(0, length));
        CAPTURE(length);
        REQUIRE_FALSE(record.has_value());
        CHECK(record.error().code == Code::kDamaged);
    }
    CHECK_FALSE(decode_record("seed", good + '\0').has_value());
}

TEST_CASE("a record under another name is damaged")
{
    auto record = decode_record("sead", bytes_of("seed", example()));
    REQUIRE_FALSE(record.has_value());
    CHECK(record.error().code == Code::kDamaged);
}

TEST_CASE("a record at any address decodes")
{
    const std::string good = bytes_of("seed", example());
    for (size_t shift = 0; shift < 8; shift++) {
        std::string moved = std::string(shift, 'x') + good;
        CHECK(decode_record("seed", std::string_view(moved).substr(shift)).has_value());
    }
}

TEST_CASE("a newer format and flags that must be understood are incompatible, not damaged")
{
    std::string newer = bytes_of("seed", example());
    newer[2] = 2;
    CHECK(decode_record("seed", newer).error().code == Code::kIncompatible);
    CHECK(decode_record("seed", golden("record_must_understand.hex")).error().code == Code::kIncompatible);
}

TEST_CASE("a value is fresh until its time, and stale when it comes from the future")
{
    constexpr int64_t kSecond = 1'000'000'000;
    const struct {
        int64_t finished, fresh_until, now;
        State state;
    } rows[] = {
        {100 * kSecond, 110 * kSecond, 105 * kSecond, State::kFresh},
        {100 * kSecond, 110 * kSecond, 110 * kSecond, State::kFresh},
        {100 * kSecond, 110 * kSecond, 110 * kSecond + 1, State::kStale},
        {100 * kSecond, 0, INT64_MAX, State::kFresh},
        {102 * kSecond, 110 * kSecond, 100 * kSecond, State::kFresh},
        {102 * kSecond + 1, 110 * kSecond, 100 * kSecond, State::kStale},
        {INT64_MAX, 0, 0, State::kStale},
    };
    for (const auto& row : rows) {
        Record record;
        record.finished = row.finished;
        record.fresh_until = row.fresh_until;
        CAPTURE(row.now);
        CHECK(state_at(record, row.now) == row.state);
    }
}

TEST_CASE("the worked example of FORMAT.md is the stored record")
{
    auto text_of = [](const char* file) {
        std::ifstream in(file);
        REQUIRE(in.good());
        return std::string{std::istreambuf_iterator<char>(in), {}};
    };
    CHECK(text_of(FORMAT_FILE).find("```\n" + text_of(GOLDEN_FOLDER "/record_value.hex") + "```\n") !=
          std::string::npos);
}

TEST_CASE("a clock that is a little late tells the state, or that it cannot")
{
    constexpr int64_t kSecond = 1'000'000'000;
    Record record = example();
    const int64_t end = record.fresh_until;
    CHECK(state_within(record, end - 2 * kSecond, end - kSecond) == State::kFresh);
    CHECK(state_within(record, end - 2 * kSecond, end) == State::kFresh);
    CHECK(state_within(record, end - kSecond, end + kSecond) == std::nullopt);
    CHECK(state_within(record, end + 1, end + kSecond) == State::kStale);
    CHECK(state_within(record, record.finished - kSecond, record.finished) == std::nullopt);
    record.fresh_until = 0;
    CHECK(state_within(record, end + kSecond, end + 2 * kSecond) == State::kFresh);
}
