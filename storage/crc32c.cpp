// SPDX-License-Identifier: BSD-3-Clause
//
// CRC-32C: one routine an architecture, chosen once at run time.
#include "crc32c.hpp"

#include <array>
#include <bit>
#include <boost/crc.hpp>
#include <cstring>

#if defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

namespace dumbwaiter {

namespace {

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
#define DUMBWAITER_CRC_4(crc, word) __builtin_ia32_crc32si((crc), (word))
#define DUMBWAITER_CRC_1(crc, byte) __builtin_ia32_crc32qi((crc), (byte))
#elif defined(__aarch64__)
#define DUMBWAITER_CRC_TARGET "+crc"
bool has_instruction()
{
    return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0;
}
#define DUMBWAITER_CRC_8(crc, word) __builtin_aarch64_crc32cx((crc), (word))
#define DUMBWAITER_CRC_4(crc, word) __builtin_aarch64_crc32cw((crc), (word))
#define DUMBWAITER_CRC_1(crc, byte) __builtin_aarch64_crc32cb((crc), (byte))
#endif

#if defined(DUMBWAITER_CRC_TARGET)
#define DUMBWAITER_BY_INSTRUCTION __attribute__((target(DUMBWAITER_CRC_TARGET)))

template <typename T>
T load(const unsigned char* at)
{
    T word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

DUMBWAITER_BY_INSTRUCTION uint32_t continued(uint32_t state, const unsigned char* at, size_t length)
{
    for (; length >= 8; at += 8, length -= 8) state = DUMBWAITER_CRC_8(state, load<uint64_t>(at));
    if (length >= 4) {
        state = DUMBWAITER_CRC_4(state, load<uint32_t>(at));
        at += 4;
        length -= 4;
    }
    for (; length > 0; at++, length--) state = DUMBWAITER_CRC_1(state, *at);
    return state;
}

DUMBWAITER_BY_INSTRUCTION uint32_t by_instruction(uint32_t crc, const void* bytes, size_t length)
{
    return ~continued(~crc, static_cast<const unsigned char*>(bytes), length);
}

// The hole is a half of one of the words that go in whole.
DUMBWAITER_BY_INSTRUCTION uint32_t around_by_instruction(uint32_t crc, const void* bytes, size_t length, size_t hole)
{
    constexpr uint64_t kBehindHole =
        std::endian::native == std::endian::little ? ~uint64_t{0} << 32 : ~uint64_t{0} >> 32;
    const auto* at = static_cast<const unsigned char*>(bytes);
    uint32_t state = continued(~crc, at, hole);
    state = DUMBWAITER_CRC_8(state, load<uint64_t>(at + hole) & kBehindHole);
    return ~continued(state, at + hole + 8, length - hole - 8);
}

// Until it is set, which may be after a first use at the start of a process, the other way gives the same.
const bool kHasInstruction = has_instruction();
#else
constexpr bool kHasInstruction = false;
constexpr auto by_instruction = crc32c_portable;
constexpr auto around_by_instruction = crc32c_around_portable;
#endif

}  // namespace

uint32_t crc32c_portable(uint32_t crc, const void* bytes, size_t length)
{
    // Boost takes its initial remainder unreflected, and finishes with the final xor.
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> state(reversed_bits(~crc));
    state.process_bytes(bytes, length);
    return state.checksum();
}

uint32_t crc32c_around_portable(uint32_t crc, const void* bytes, size_t length, size_t hole)
{
    static constexpr std::array<char, 4> kZero{};
    const auto* at = static_cast<const char*>(bytes);
    crc = crc32c_portable(crc, at, hole);
    crc = crc32c_portable(crc, kZero.data(), kZero.size());
    const size_t behind = hole + kZero.size();
    return crc32c_portable(crc, at + behind, length - behind);
}

uint32_t crc32c(uint32_t crc, const void* bytes, size_t length)
{
    return kHasInstruction ? by_instruction(crc, bytes, length) : crc32c_portable(crc, bytes, length);
}

uint32_t crc32c_around(uint32_t crc, const void* bytes, size_t length, size_t hole)
{
    return kHasInstruction ? around_by_instruction(crc, bytes, length, hole)
                           : crc32c_around_portable(crc, bytes, length, hole);
}

}  // namespace dumbwaiter
