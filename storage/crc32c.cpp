// SPDX-License-Identifier: BSD-3-Clause
//
// CRC-32C: one routine an architecture, chosen once at run time.
#include "crc32c.hpp"

#include <boost/crc.hpp>
#include <cstring>

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace dumbwaiter {

namespace {

using Routine = uint32_t (*)(uint32_t, const void*, size_t);

uint32_t reversed_bits(uint32_t bits)
{
    uint32_t out = 0;
    for (int i = 0; i < 32; i++, bits >>= 1) out = (out << 1) | (bits & 1);
    return out;
}

#if defined(__x86_64__)
#define DUMBWAITER_CRC_TARGET "sse4.2"
bool has_instruction()
{
    return __builtin_cpu_supports("sse4.2");
}
#define DUMBWAITER_CRC_8(crc, word) static_cast<uint32_t>(__builtin_ia32_crc32di((crc), (word)))
#define DUMBWAITER_CRC_1(crc, byte) __builtin_ia32_crc32qi((crc), (byte))
#elif defined(__aarch64__)
#define DUMBWAITER_CRC_TARGET "+crc"
bool has_instruction()
{
    return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
}
#define DUMBWAITER_CRC_8(crc, word) __builtin_aarch64_crc32cx((crc), (word))
#define DUMBWAITER_CRC_1(crc, byte) __builtin_aarch64_crc32cb((crc), (byte))
#endif

#if defined(DUMBWAITER_CRC_TARGET)
__attribute__((target(DUMBWAITER_CRC_TARGET))) uint32_t by_instruction(uint32_t crc, const void* bytes, size_t length)
{
    const auto* at = static_cast<const unsigned char*>(bytes);
    uint32_t state = ~crc;
    for (; length >= 8; at += 8, length -= 8) {
        uint64_t word;
        std::memcpy(&word, at, sizeof word);
        state = DUMBWAITER_CRC_8(state, word);
    }
    for (; length > 0; at++, length--) state = DUMBWAITER_CRC_1(state, *at);
    return ~state;
}

Routine chosen()
{
    return has_instruction() ? by_instruction : crc32c_portable;
}
#else
Routine chosen()
{
    return crc32c_portable;
}
#endif

}  // namespace

uint32_t crc32c_portable(uint32_t crc, const void* bytes, size_t length)
{
    // Boost takes its initial remainder unreflected, and finishes with the final xor.
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> state(reversed_bits(~crc));
    state.process_bytes(bytes, length);
    return state.checksum();
}

uint32_t crc32c(uint32_t crc, const void* bytes, size_t length)
{
    static const Routine routine = chosen();
    return routine(crc, bytes, length);
}

}  // namespace dumbwaiter
