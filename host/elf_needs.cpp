// SPDX-License-Identifier: BSD-3-Clause
#include "elf_needs.hpp"

#include <algorithm>
#include <system_error>

#include "elf_image.hpp"
#include "replace_all.hpp"

namespace dumbwaiter {
namespace {

namespace fs = std::filesystem;

std::string first_of(std::vector<std::string> texts)
{
    return texts.empty() ? std::string() : std::move(texts.front());
}

std::vector<std::string> split_path(const std::string& path)
{
    std::vector<std::string> folders;
    for (size_t begin = 0; begin < path.size();) {
        const size_t end = std::min(path.find(':', begin), path.size());
        if (end > begin) folders.push_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return folders;
}

}  // namespace

Expected<ElfNeeds> parse_elf_needs(std::string_view bytes)
{
    const Expected<ElfImage> image = ElfImage::open(bytes);
    if (!image) return std::unexpected(image.error());
    std::string search_path = first_of(image->dynamic_texts(DT_RUNPATH));
    const bool is_inherited = search_path.empty();
    if (is_inherited) search_path = first_of(image->dynamic_texts(DT_RPATH));
    return ElfNeeds{.soname = first_of(image->dynamic_texts(DT_SONAME)),
                    .needed = image->dynamic_texts(DT_NEEDED),
                    .search_path = split_path(search_path),
                    .is_inherited = is_inherited};
}

std::optional<fs::path> find_by_origin(const ElfNeeds& needs, const std::string& name, const fs::path& folder)
{
    if (name.empty() || name.find('/') != name.npos) return std::nullopt;
    for (const std::string& written : needs.search_path) {
        const std::string place =
            replace_all(replace_all(written, "${ORIGIN}", folder.native()), "$ORIGIN", folder.native());
        const bool is_by_origin = place != written;
        fs::path candidate = fs::path(place) / name;
        std::error_code ignored;
        if (!fs::exists(candidate, ignored)) continue;
        return is_by_origin ? std::optional(std::move(candidate)) : std::nullopt;
    }
    return std::nullopt;
}

}  // namespace dumbwaiter
