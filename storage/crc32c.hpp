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

// The same by Boost.CRC alone, whatever the CPU has.
uint32_t crc32c_portable(uint32_t crc, const void* bytes, size_t length);

}  // namespace dumbwaiter
