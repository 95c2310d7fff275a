// SPDX-License-Identifier: BSD-3-Clause
//
// Three bytes to four characters at a time.
#include "base64.hpp"

#include <cstdint>

namespace dumbwaiter {

std::string base64(std::string_view bytes)
{
    static constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (size_t at = 0; at < bytes.size(); at += 3) {
        const std::string_view part = bytes.substr(at, 3);
        uint32_t group = 0;
        for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < part.size() ? static_cast<uint8_t>(part[i]) : 0);
        for (size_t i = 0; i < 4; ++i) text += i <= part.size() ? kAlphabet[group >> (18 - 6 * i) & 63] : '=';
    }
    return text;
}

}  // namespace dumbwaiter
