// SPDX-License-Identifier: BSD-3-Clause
//
// The signature of a plain C function, "f64(f64)", and the arguments that fit it. Pure: no library, no call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "document.hpp"
#include "status.hpp"

namespace dumbwaiter {

enum class CType : uint8_t { kVoid, kI32, kI64, kU32, kU64, kF32, kF64, kStr, kPtr };

// "i32", "str", ... as a signature names it.
std::string_view c_type_name(CType type);

struct Signature {
    CType result = CType::kVoid;
    std::vector<CType> parameters;  // never kVoid, at most kMostParameters
    bool operator==(const Signature&) const = default;
};

inline constexpr size_t kMostParameters = 32;

// RESULT(PARAMETERS): types by name, parted by commas, spaces allowed; none is () or (void). The error says at which
// character (from 1) it stops making sense, and what to write instead.
Expected<Signature> parse_signature(std::string_view text);

// Why these arguments (an array) cannot be passed, one sentence each; none = they can. Numbers fit their range, and no
// float becomes an integer; an f64 takes integers up to 2^53, an f32 up to 2^24; str is UTF-8 without a NUL inside; a
// ptr takes only 0, which is NULL.
std::vector<std::string> signature_faults(const Signature& signature, std::string_view symbol, const Document& args);

}  // namespace dumbwaiter
