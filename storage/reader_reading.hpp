// SPDX-License-Identifier: BSD-3-Clause
//
// How a dw_reading owns its bytes, and what the C functions of the reader share: codes, error text, the edge.
#pragma once

#include <dumbwaiter/reader.h>

#include <cstdint>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "reader_environment.hpp"
#include "status.hpp"

namespace dumbwaiter {

// reserved[]: the buffer, its capacity, and where in it the media type begins (0 = none). Then, if the reading is the
// newest value of a name as of some moment: which moment (environment 0 = it is not), the length of its record, and of
// the name, which lies behind record and NUL.
enum : int { kBuffer, kCapacity, kMediaType, kEnvironment, kTxn, kRecordLength, kNameLength };

inline constexpr uint32_t kDamagedOutcome = 0xffffffff;

// Is it a reading of ours to fill? Longer ones come from a newer header.
inline constexpr uint32_t kSizeOfVersion1 = 136;
inline bool is_reading(const dw_reading* reading)
{
    return reading != nullptr && reading->struct_size >= kSizeOfVersion1;
}

// Forgets the value, keeps the buffer.
void empty(dw_reading& reading);

// Copies a record's bytes into the reading's buffer, and the name if given. The only step that needs the snapshot. May
// throw std::bad_alloc.
void copy_record(dw_reading& reading, std::string_view bytes, std::string_view name = {});

// Checks the copy in the reading's own buffer and fills the fields. On DW_DAMAGED and DW_UNSUPPORTED the reading is
// empty.
int32_t finish(dw_reading& reading, std::string_view name, size_t length, int64_t now_unix_ns);
// The same with the time taken from a clock that may be late by kCoarseLag; a precise one is asked only where it
// matters. False, with the fields as they were, where finish() would fail.
inline constexpr int64_t kCoarseLag = 100'000'000;
bool finish_coarse(dw_reading& reading, std::string_view name, size_t length, int64_t coarse_unix_ns);
// Says why it failed, and empties the reading.
int32_t refuse_record(dw_reading& reading, std::string_view name, size_t length);

// Notes that the finished reading, copied along with `name`, is its newest value as of `moment`.
void note_moment(dw_reading& reading, const Moment& moment, std::string_view name, size_t length);
// Of which moment the reading is the newest value of `name`; environment 0: of none.
Moment moment_of(const dw_reading& reading, std::string_view name);
// Fills the fields anew from the record that is in the buffer, checked before.
void fill_again(dw_reading& reading, int64_t coarse_unix_ns);

// Both in one: for records that are copies already.
int32_t fill(dw_reading& reading, std::string_view name, std::string_view bytes, int64_t now_unix_ns);

// Notes the sentence for dw_reader_error() and gives the code.
int32_t refuse(int32_t code, std::string sentence);
int32_t refuse(Error error);

// No exception leaves the library.
template <typename Work>
int32_t at_edge(Work&& work)
{
    try {
        return work();
    } catch (const std::bad_alloc&) {
        return refuse(DW_LIMIT, "out of memory");
    } catch (const std::exception& error) {
        return refuse(DW_ERROR, error.what());
    }
}

}  // namespace dumbwaiter
