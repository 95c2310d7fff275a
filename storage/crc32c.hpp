// SPDX-License-Identifier: BSD-3-Clause
//
// CRC-32C (Castagnoli), by the CPU's instruction where there is one, by Boost.CRC else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace dumbwaiter {

// The checksum of what `crc` was computed over, followed by these bytes; crc = 0 to begin.
uint32_t crc32c(uint32_t crc, const void* bytes, size_t length);

inline uint32_t crc32c(std::string_view bytes)
{
    return crc32c(0, bytes.data(), bytes.size());
}

// The same, where the four bytes at `hole`, a multiple of 8, count as zero: of what holds its own checksum there.
// hole + 8 <= length.
uint32_t crc32c_around(uint32_t crc, const void* bytes, size_t length, size_t hole);

// The same two by Boost.CRC alone, whatever the CPU has.
uint32_t crc32c_portable(uint32_t crc, const void* bytes, size_t length);
uint32_t crc32c_around_portable(uint32_t crc, const void* bytes, size_t length, size_t hole);

}  // namespace dumbwaiter
