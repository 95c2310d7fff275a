// SPDX-License-Identifier: BSD-3-Clause
//
// Does this build take what a library exports? The rules of growth of the plugin ABI, for functions and serializers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dumbwaiter {

enum class InfoKind { kFunction, kSerializer };

// "__dw1", "__dw1_serializer": what follows the symbol in the constant's name.
std::string_view info_suffix(InfoKind kind);

// The first fields of a dw_function_info or dw_serializer_info as they stand in the library.
struct InfoHeader {
    uint64_t elf_size = 0;  // st_size of the constant
    uint32_t struct_size = 0, flags = 0, built_minor = 0, required_minor = 0;
    bool is_code = false;  // no constant, and its bytes are no fields
};

// Why this build refuses it, by size, version or must-understand flag; "" if it takes it.
std::string info_fault(InfoKind kind, std::string_view symbol, const InfoHeader& header);

}  // namespace dumbwaiter
