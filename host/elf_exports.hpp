// SPDX-License-Identifier: BSD-3-Clause
//
// The functions and serializers that a library exports, read from its ELF file alone: no code of it runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "info_fault.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Fields of the header are 0 where elf_size is too small to hold them.
struct ExportedInfo : InfoHeader {
    std::string symbol;  // without __dw1 or __dw1_serializer
};

struct ElfExports {
    std::vector<ExportedInfo> functions;    // by symbol
    std::vector<ExportedInfo> serializers;  // by symbol
    std::vector<std::string> symbols;       // every exported name, for near-miss advice
    std::vector<std::string> code;          // those of them that can be called

    const std::vector<ExportedInfo>& of(InfoKind kind) const
    {
        return kind == InfoKind::kFunction ? functions : serializers;
    }
};

// Of a file that is trusted as it stands: a library of the system. Any other goes through take_library().
// kIncompatible: not ELF, no library, not for this machine; kDamaged: cut off or lying; kNotFound, kDenied, kIo: the
// file cannot be read. The message begins with the file's path. Bounds-checked throughout; reads what dlsym() would
// look through, so section headers may be stripped.
Expected<ElfExports> read_elf_exports(const std::filesystem::path& file);

// The same from the bytes of a library; the message is the rest of a sentence about the file.
Expected<ElfExports> parse_elf_exports(std::string_view bytes);

// The function or serializer of that name, if this host takes it. kNotFound: there is none, with near names;
// kIncompatible: info_fault().
Expected<ExportedInfo> find_export(const ElfExports& exports, InfoKind kind, std::string_view symbol);
inline Expected<ExportedInfo> find_function(const ElfExports& exports, std::string_view symbol)
{
    return find_export(exports, InfoKind::kFunction, symbol);
}
inline Expected<ExportedInfo> find_serializer(const ElfExports& exports, std::string_view symbol)
{
    return find_export(exports, InfoKind::kSerializer, symbol);
}

// Is there a plain C function of that name? kNotFound: there is none, with near names or what is there instead.
Status find_code(const ElfExports& exports, std::string_view symbol);

}  // namespace dumbwaiter
