// SPDX-License-Identifier: BSD-3-Clause
//
// The functions that a library exports, read from its ELF file alone: no code of it runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "status.hpp"

namespace dumbwaiter {

struct ExportedInfo {
    std::string symbol;  // without __dw1
    uint64_t elf_size;   // st_size of the info
    // The first fields of dw_function_info as they stand in the file; 0 where elf_size is too small to hold them.
    uint32_t struct_size, flags, built_minor, required_minor;
};

struct ElfExports {
    std::vector<ExportedInfo> functions;  // by symbol
    std::vector<std::string> symbols;     // every exported name, for near-miss advice
    std::vector<std::string> code;        // those of them that can be called
};

// kIncompatible: not ELF, no library, not for this machine; kDamaged: cut off or lying; kNotFound, kDenied, kIo: the
// file cannot be read. The message begins with the file's path. Bounds-checked throughout; reads what dlsym() would
// look through, so section headers may be stripped.
Expected<ElfExports> read_elf_exports(const std::filesystem::path& file);

// The same from the bytes of a library; the message is the rest of a sentence about the file.
Expected<ElfExports> parse_elf_exports(std::string_view bytes);

// Why this host refuses the function, by version, size or must-understand flag; "" if it takes it.
std::string abi_fault(const ExportedInfo& info);

// The function of that name, if this host takes it. kNotFound: there is none, with near names; kIncompatible:
// abi_fault.
Expected<ExportedInfo> find_function(const ElfExports& exports, std::string_view symbol);

// Is there a plain C function of that name? kNotFound: there is none, with near names or what is there instead.
Status find_code(const ElfExports& exports, std::string_view symbol);

}  // namespace dumbwaiter
