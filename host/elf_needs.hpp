// SPDX-License-Identifier: BSD-3-Clause
//
// What a library asks the dynamic loader for besides itself.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "status.hpp"

namespace dumbwaiter {

struct ElfNeeds {
    std::string soname;  // under which others ask for it; "" = none
    std::vector<std::string> needed;
    std::vector<std::string> search_path;  // DT_RUNPATH, or else DT_RPATH: its folders as written
    bool is_inherited = false;             // DT_RPATH: what it needs looks there as well
};

// Errors are those of parse_elf_exports().
Expected<ElfNeeds> parse_elf_needs(std::string_view bytes);

// Where the loader would find `name` for a library of this folder, if $ORIGIN leads there; nullopt: not that way.
std::optional<std::filesystem::path> find_by_origin(const ElfNeeds& needs, const std::string& name,
                                                    const std::filesystem::path& folder);

}  // namespace dumbwaiter
