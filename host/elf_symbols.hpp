// SPDX-License-Identifier: BSD-3-Clause
//
// Which function an address of a library's code lies in, by the symbol table in its ELF file: for people who read where
// something hung.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace dumbwaiter {

// Its name, that of a DW_FUNCTION as the manifest has it, C++ as in sources; UTF-8 of bounded length. "" where there is
// no table, or nothing at that address. The bytes may be anything: every access is bounds-checked.
std::string function_at(std::string_view elf, uint64_t address);

}  // namespace dumbwaiter
