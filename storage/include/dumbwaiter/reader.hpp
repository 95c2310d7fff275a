// SPDX-License-Identifier: BSD-3-Clause
//
// The reader library for C++17, over reader.h; inline code only.
//
//     dumbwaiter::Reader reader{"/var/lib/dumbwaiter/store"};
//     if (auto count = reader.get_value("count")) std::cout << count->as_i64() << "\n";
#ifndef DUMBWAITER_READER_HPP
#define DUMBWAITER_READER_HPP

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dumbwaiter/reader.h>
#include <dumbwaiter/reader_value.hpp>

namespace dumbwaiter {
inline namespace reader_v1 {

// One record: a value, or an error report. Owns its bytes; move-only; outlives the reader it came from, which it needs
// only to decode what a serializer plugin wrote.
class Reading {
public:
    using Clock = std::chrono::system_clock;

    Reading() { raw_.struct_size = sizeof raw_; }
    Reading(Reading&& other) noexcept : Reading() { *this = std::move(other); }
    Reading& operator=(Reading&& other) noexcept
    {
        std::swap(raw_, other.raw_);
        std::swap(reader_, other.reader_);
        return *this;
    }
    ~Reading() { dw_reading_clear(&raw_); }

    uint64_t sequence() const { return raw_.sequence; }
    bool is_fresh() const { return raw_.state == DW_STATE_FRESH; }  // as of the read
    uint32_t outcome() const { return raw_.outcome; }               // 0 of values; see reader.h
    uint32_t serializer() const { return raw_.serializer; }  // 0 raw, 1 json, 2 msgpack, 3 cbor, 128..254 plugins
    Time due() const { return {raw_.due}; }
    Time started() const { return {raw_.started}; }
    Time finished() const { return {raw_.finished}; }
    Time fresh_until() const { return {raw_.fresh_until}; }
    std::chrono::nanoseconds age() const  // since it was finished, until now
    {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()) -
               std::chrono::nanoseconds(raw_.finished);
    }

    bool is_damaged() const { return raw_.data == nullptr; }  // a record of a history whose check fails
    std::string_view bytes() const { return {static_cast<const char*>(raw_.data), raw_.length}; }
    std::string_view media_type() const { return dw_reading_media_type(&raw_); }  // of a raw value; "" = none

    // Decoded by its serializer. Throw ReadError: DW_DAMAGED, DW_UNSUPPORTED.
    Value value() const
    {
        reader_detail::TreeBuilder builder;
        dw_visitor visitor = reader_detail::TreeBuilder::visitor();
        int32_t code = dw_reading_walk(reader_.lock().get(), &raw_, &visitor, &builder);
        if (code != DW_OK) throw ReadError(code, dw_reader_error());
        return std::move(builder.root);
    }
    std::string json() const
    {
        char* text = nullptr;
        uint64_t length = 0;
        int32_t code = dw_reading_json(reader_.lock().get(), &raw_, &text, &length);
        if (code != DW_OK) throw ReadError(code, dw_reader_error());
        std::unique_ptr<char, void (*)(void*)> owner(text, dw_free);
        return std::string(text, length);
    }

    // For reader.h's own functions.
    dw_reading* raw() { return &raw_; }
    const dw_reading* raw() const { return &raw_; }

private:
    friend class Reader;
    // Comparing owners touches no counter, which all threads of a reader would share.
    void belongs_to(const std::shared_ptr<dw_reader>& reader)
    {
        if (reader_.owner_before(reader) || reader.owner_before(reader_)) reader_ = reader;
    }

    dw_reading raw_{};
    std::weak_ptr<dw_reader> reader_;
};

// A store opened for reading. Thread-safe; move-only. Everything throws ReadError on failure.
class Reader {
public:
    explicit Reader(const std::string& folder)
    {
        dw_reader* reader = nullptr;
        check(dw_reader_open(folder.c_str(), &reader));
        reader_.reset(reader, dw_reader_close);
    }

    // Lets it load serializer plugins from this folder; see dw_reader_allow_plugins.
    void allow_plugins(const std::string& folder)
    {
        const int32_t code = dw_reader_allow_plugins(reader_.get(), folder.c_str());
        if (code != DW_OK) throw ReadError(code, dw_reader_error());
    }

    // The newest value; nullopt if there is none yet.
    std::optional<Reading> get(const std::string& name) const
    {
        Reading reading;
        if (!get(name, reading)) return std::nullopt;
        return reading;
    }
    // The same into a reading in hand, whose memory is used again. False if there is none yet.
    bool get(const std::string& name, Reading& reading) const
    {
        reading.belongs_to(reader_);
        return check(dw_get_value(reader_.get(), name.c_str(), reading.raw())) == DW_OK;
    }
    std::optional<Value> get_value(const std::string& name) const
    {
        auto reading = get(name);
        if (!reading) return std::nullopt;
        return reading->value();
    }

    // A value at most so old, for which the host is asked if it has to be; see dw_get_value_fresh. nullopt if none came in
    // time, or there is no such name; throws if the run for it failed.
    std::optional<Reading> get_fresh(const std::string& name, std::chrono::nanoseconds max_age,
                                     std::chrono::nanoseconds timeout) const
    {
        Reading reading;
        reading.belongs_to(reader_);
        const auto positive = [](std::chrono::nanoseconds time) { return static_cast<uint64_t>(time.count() < 0 ? 0 : time.count()); };
        if (check(dw_get_value_fresh(reader_.get(), name.c_str(), positive(max_age), positive(timeout), reading.raw())) != DW_OK)
            return std::nullopt;
        return reading;
    }

    // Newest first, the newest included, at most `limit` (0 = all). Empty if there are none.
    std::vector<Reading> history(const std::string& name, uint64_t limit = 0) const
    {
        Collected collected{reader_, {}};
        check(dw_get_history(reader_.get(), name.c_str(), limit, Collected::each, &collected));
        return std::move(collected).give();
    }
    // Error reports of one name, newest first; bytes() is their text.
    std::vector<Reading> errors(const std::string& name, uint64_t limit = 0) const
    {
        Collected collected{reader_, {}};
        check(dw_get_errors(reader_.get(), name.c_str(), limit, Collected::each, &collected));
        return std::move(collected).give();
    }

    // Sleeps until there is a value of a sequence above `after`; nullopt if none came in time.
    std::optional<Reading> wait(const std::string& name, uint64_t after, std::chrono::nanoseconds timeout) const
    {
        Reading reading;
        reading.belongs_to(reader_);
        auto nanoseconds = timeout.count() < 0 ? 0 : static_cast<uint64_t>(timeout.count());
        if (check(dw_wait(reader_.get(), name.c_str(), after, nanoseconds, reading.raw())) != DW_OK) return std::nullopt;
        return reading;
    }

    // Names with a value, in byte order.
    std::vector<std::string> names() const
    {
        std::vector<std::string> names;
        check(dw_each_name(
            reader_.get(),
            [](void* context, const char* name) {
                static_cast<std::vector<std::string>*>(context)->emplace_back(name);
                return 0;
            },
            &names));
        return names;
    }

private:
    // "None" and "not in time" are answers.
    static int32_t check(int32_t code)
    {
        if (code != DW_OK && code != DW_NOT_FOUND && code != DW_TIMEOUT) throw ReadError(code, dw_reader_error());
        return code;
    }

    // Copies of what a walk shows, which is good during the call only.
    struct Collected {
        const std::shared_ptr<dw_reader>& reader;
        std::vector<Reading> readings;

        static int each(void* context, const char* name, const dw_reading* shown)
        {
            auto& collected = *static_cast<Collected*>(context);
            Reading copy;
            copy.belongs_to(collected.reader);
            dw_reading_copy(shown, copy.raw());
            collected.readings.push_back(std::move(copy));
            (void)name;
            return 0;
        }
        std::vector<Reading> give() && { return std::move(readings); }
    };

    std::shared_ptr<dw_reader> reader_;
};

}  // namespace reader_v1
}  // namespace dumbwaiter

#endif  // DUMBWAITER_READER_HPP
