// SPDX-License-Identifier: BSD-3-Clause
//
// How a dw_reading owns its bytes, and what the C functions of the reader share: codes, error text, the edge.
#pragma once

#include <dumbwaiter/reader.h>

#include <cstdint>
#include <new>
#include <string>
#include <string_view>

#include "status.hpp"

namespace dumbwaiter {

// reserved[]: the buffer, its capacity, and where in it the media type begins (0 = none).
inline constexpr int kBuffer = 0, kCapacity = 1, kMediaType = 2;

inline constexpr uint32_t kDamagedOutcome = 0xffffffff;

// Is it a reading of ours to fill? Longer ones come from a newer header.
bool is_reading(const dw_reading* reading);

// Forgets the value, keeps the buffer.
void empty(dw_reading& reading);

// Copies a record's bytes into the reading's buffer. The only step that needs the snapshot. May throw std::bad_alloc.
void copy_record(dw_reading& reading, std::string_view bytes);

// Checks the copy in the reading's own buffer and fills the fields. On DW_DAMAGED and DW_UNSUPPORTED the reading is
// empty.
int32_t finish(dw_reading& reading, std::string_view name, size_t length, int64_t now_unix_ns);

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
