// SPDX-License-Identifier: BSD-3-Clause
//
// A library taken: its file checked and read once, into a sealed copy. What was looked at is what will be loaded.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elf_exports.hpp"
#include "manifest.hpp"
#include "sealed_copy.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Movable plain data with open descriptors; the file may be overwritten or gone meanwhile.
struct SealedLibrary {
    std::filesystem::path file;  // where it was read
    SealedCopy copy;
    ElfExports exports;
    std::string soname;
    // A copy is nowhere, so $ORIGIN would lead the dynamic loader nowhere: what it finds by that is taken along, and is
    // opened first, so that the loader has it already, by its soname.
    std::vector<SealedLibrary> beside;
    // Why the loader must find that by itself, and the library is loaded from its file: "it needs ..."; "" = it is not.
    std::string uncopied;
};

// Runs nothing of it. kDenied, and others of open_trusted(); of copy_sealed() and parse_elf_exports(); kIncompatible
// where `sha256` is another's. The message begins with the path at fault.
Expected<SealedLibrary> take_library(const std::filesystem::path& file, Trust trust,
                                     const std::optional<std::string>& sha256 = std::nullopt);

// Why this pin does not hold of it; "" if it does.
std::string pin_fault(const SealedLibrary& library, std::string_view sha256);

// That it is loaded from its file, and why; "" = it is not.
std::string copy_warning(const SealedLibrary& library);

// Of it and of all beside it, for a child process that keeps no others.
std::vector<int> descriptors_of(const SealedLibrary& library);

}  // namespace dumbwaiter
