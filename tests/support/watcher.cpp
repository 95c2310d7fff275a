// SPDX-License-Identifier: BSD-3-Clause
#include "watcher.hpp"

#include <doctest/doctest.h>

#include <utility>

namespace dumbwaiter::test {

StoreReader::StoreReader(const std::filesystem::path& store)
{
    REQUIRE_MESSAGE(dw_reader_open(store.c_str(), &reader_) == DW_OK, std::string(dw_reader_error()));
    reading_.struct_size = sizeof reading_;
}

StoreReader::~StoreReader()
{
    dw_reading_clear(&reading_);
    dw_reader_close(reader_);
}

uint64_t StoreReader::sequence(const std::string& name)
{
    const int32_t code = dw_get_value(reader_, name.c_str(), &reading_);
    if (code == DW_NOT_FOUND) return 0;
    REQUIRE_MESSAGE(code == DW_OK, std::string(dw_reader_error()));
    return reading_.sequence;
}

SeenHistory StoreReader::history(const std::string& name)
{
    SeenHistory all;
    const auto keep = [](void* context, const char*, const dw_reading* reading) {
        const std::string value(static_cast<const char*>(reading->data), reading->length);
        static_cast<SeenHistory*>(context)->emplace(reading->sequence, SeenRecord{value, reading->finished});
        return 0;
    };
    REQUIRE(dw_get_history(reader_, name.c_str(), 0, keep, &all) == DW_OK);
    return all;
}

Watcher::Watcher(const std::filesystem::path& store, std::string name)
    : reader_(store), name_(std::move(name)), thread_([this] { watch(); })
{}

void Watcher::stop()
{
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
}

void Watcher::check(const SeenHistory& history) const
{
    CHECK(fault_ == "");
    REQUIRE(!history.empty());
    CHECK(history.begin()->first == 1);
    CHECK(history.rbegin()->first == history.size());  // contiguous
    for (const auto& [sequence, record] : seen_) {
        const auto kept = history.find(sequence);
        REQUIRE_MESSAGE(kept != history.end(), "value " << sequence << " was seen, and is gone");
        CHECK(kept->second == record);
    }
}

void Watcher::watch()
{
    uint64_t last = 0;
    while (!stopping_ && fault_.empty()) {
        dw_reading& reading = reader_.reading();
        // 50 ms, then once more: a sequence that went back would never end a wait for a higher one.
        const int32_t code = dw_wait(reader_.get(), name_.c_str(), last, 50'000'000, &reading);
        if (code == DW_TIMEOUT) look_back(last);
        if (code != DW_OK && code != DW_TIMEOUT) fault_ = dw_reader_error();
        if (code != DW_OK) continue;
        last = reading.sequence;
        keep(reading);
    }
}

void Watcher::look_back(uint64_t last)
{
    dw_reading& reading = reader_.reading();
    if (dw_get_value(reader_.get(), name_.c_str(), &reading) != DW_OK) return;
    if (reading.sequence < last) fault_ = "the newest sequence went back";
}

void Watcher::keep(const dw_reading& reading)
{
    const std::string value(static_cast<const char*>(reading.data), reading.length);
    if (!seen_.emplace(reading.sequence, SeenRecord{value, reading.finished}).second) fault_ = "a sequence came twice";
}

}  // namespace dumbwaiter::test
