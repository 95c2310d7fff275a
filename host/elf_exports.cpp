// SPDX-License-Identifier: BSD-3-Clause
//
// The exported names of a library as the dynamic loader would find them: through the hash table of its dynamic section,
// which strip and section headers that lie leave alone.
#include "elf_exports.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "elf_image.hpp"
#include "suggestion.hpp"
#include "trust.hpp"
#include "whole_io.hpp"

namespace dumbwaiter {
namespace {

constexpr size_t kMaxLibrarySize = size_t{1} << 30;
constexpr uint64_t kMaxSymbols = 4'000'000;

// Mangled names can be very long, and are no advice to anyone.
constexpr size_t kLongestName = 200;

std::unexpected<Error> damaged(std::string_view what)
{
    return failure(Code::kDamaged, fmt::format("is damaged ({}): build or copy it again", what));
}

// How many symbols there are, from DT_GNU_HASH: one past the end of the longest chain. nullopt: the table lies.
std::optional<uint64_t> count_by_gnu_hash(const ElfImage& image, uint64_t table)
{
    const auto bucket_count = image.at_address<uint32_t>(table);
    const auto first = image.at_address<uint32_t>(table + 4);
    const auto bloom_count = image.at_address<uint32_t>(table + 8);
    if (!bucket_count || !first || !bloom_count || *bucket_count > kMaxSymbols) return std::nullopt;
    const uint64_t buckets = table + 16 + uint64_t{*bloom_count} * 8;
    const uint64_t chains = buckets + uint64_t{*bucket_count} * 4;
    uint64_t last = 0;
    for (uint32_t i = 0; i < *bucket_count; ++i) {
        const auto head = image.at_address<uint32_t>(buckets + uint64_t{i} * 4);
        if (!head) return std::nullopt;
        last = std::max<uint64_t>(last, *head);
    }
    if (last < *first) return 0;  // no bucket in use: nothing is exported
    for (; last < kMaxSymbols; ++last) {
        const auto hash = image.at_address<uint32_t>(chains + (last - *first) * 4);
        if (!hash) return std::nullopt;
        if ((*hash & 1) != 0) return last + 1;
    }
    return std::nullopt;
}

std::optional<uint64_t> count_symbols(const ElfImage& image)
{
    if (const auto table = image.dynamic(DT_GNU_HASH)) return count_by_gnu_hash(image, *table);
    const auto table = image.dynamic(DT_HASH);
    if (!table) return 0;
    const auto chain_count = image.at_address<uint32_t>(*table + 4);
    return chain_count && *chain_count < kMaxSymbols ? std::optional<uint64_t>(*chain_count) : std::nullopt;
}

bool is_exported(const Elf64_Sym& symbol)
{
    const auto binding = ELF64_ST_BIND(symbol.st_info);
    const auto visibility = ELF64_ST_VISIBILITY(symbol.st_other);
    return symbol.st_shndx != SHN_UNDEF &&
           (binding == STB_GLOBAL || binding == STB_WEAK || binding == STB_GNU_UNIQUE) &&
           (visibility == STV_DEFAULT || visibility == STV_PROTECTED);
}

ExportedInfo read_info(const ElfImage& image, std::string_view name, const Elf64_Sym& symbol)
{
    const auto type = ELF64_ST_TYPE(symbol.st_info);
    ExportedInfo info{{.elf_size = symbol.st_size, .is_code = type == STT_FUNC || type == STT_GNU_IFUNC},
                      std::string(name)};
    if (info.is_code) return info;
    uint32_t* const fields[] = {&info.struct_size, &info.flags, &info.built_minor, &info.required_minor};
    for (uint64_t i = 0; i < std::size(fields) && (i + 1) * sizeof(uint32_t) <= symbol.st_size; ++i) {
        *fields[i] = image.at_address<uint32_t>(symbol.st_value + i * sizeof(uint32_t)).value_or(0);
    }
    return info;
}

void add_export(const ElfImage& image, std::string_view name, const Elf64_Sym& symbol, ElfExports& exports)
{
    const auto type = ELF64_ST_TYPE(symbol.st_info);
    // The loader picks the code of an IFUNC; assembly may leave the type out.
    const bool is_code = type == STT_FUNC || type == STT_GNU_IFUNC || type == STT_NOTYPE;
    if (name.size() > kLongestName) return;
    exports.symbols.emplace_back(name);
    if (is_code) exports.code.emplace_back(name);
    if (!is_code && type != STT_OBJECT) return;
    if (name.starts_with("__odr_asan.")) return;  // AddressSanitizer exports one beside each exported variable
    for (const InfoKind kind : {InfoKind::kFunction, InfoKind::kSerializer}) {
        const std::string_view suffix = info_suffix(kind);
        if (name.size() <= suffix.size() || !name.ends_with(suffix)) continue;
        auto& infos = kind == InfoKind::kFunction ? exports.functions : exports.serializers;
        infos.push_back(read_info(image, name.substr(0, name.size() - suffix.size()), symbol));
    }
}

Expected<ElfExports> read_symbols(const ElfImage& image)
{
    const std::optional<uint64_t> count = count_symbols(image);
    if (!count) return damaged("its symbol hash table");
    ElfExports exports;
    if (*count == 0) return exports;
    const auto table = image.dynamic(DT_SYMTAB), names = image.dynamic(DT_STRTAB), size = image.dynamic(DT_STRSZ);
    if (!table || !names || !size || *size > UINT64_MAX - *names) return damaged("its dynamic section");
    for (uint64_t i = 1; i < *count; ++i) {
        const auto symbol = image.at_address<Elf64_Sym>(*table + i * sizeof(Elf64_Sym));
        if (!symbol) return damaged("its symbol table");
        if (!is_exported(*symbol)) continue;
        const std::string_view name =
            symbol->st_name < *size ? image.text_at(*names + symbol->st_name, *names + *size) : std::string_view();
        if (name.empty()) return damaged("its symbol names");
        add_export(image, name, *symbol, exports);
    }
    std::ranges::sort(exports.functions, {}, &ExportedInfo::symbol);
    std::ranges::sort(exports.serializers, {}, &ExportedInfo::symbol);
    std::ranges::sort(exports.symbols);
    std::ranges::sort(exports.code);
    return exports;
}

// There is no such function (or serializer): a near name, or why a plain C function of that name does not count, or
// what there is.
std::string missing_export(const ElfExports& exports, InfoKind kind, std::string_view symbol)
{
    const bool is_function = kind == InfoKind::kFunction;
    const std::string_view what = is_function ? "function" : "serializer";
    const std::string_view macro = is_function ? "DW_FUNCTION" : "DW_SERIALIZER";
    const InfoKind other = is_function ? InfoKind::kSerializer : InfoKind::kFunction;
    if (std::ranges::binary_search(exports.of(other), symbol, {}, &ExportedInfo::symbol)) {
        return fmt::format("\"{}\" is a {}, not a {}", symbol, is_function ? "serializer" : "function", what);
    }
    if (std::ranges::binary_search(exports.symbols, symbol)) {
        return fmt::format(
            "\"{0}\" is there, but without {0}{1}: build it with {2} of <dumbwaiter/plugin.h>{3}", symbol,
            info_suffix(kind), macro,
            is_function ? ", or say how to call a plain C function, such as signature = \"f64(f64)\"" : "");
    }
    const std::string message = fmt::format("there is no {} \"{}\" in it", what, symbol);
    std::vector<std::string_view> names;
    for (const ExportedInfo& info : exports.of(kind)) names.push_back(info.symbol);
    if (names.empty())
        return fmt::format("{}, nor any other: build it with {} of <dumbwaiter/plugin.h>", message, macro);
    if (const std::string near = did_you_mean(symbol, names); !near.empty()) return message + near;
    constexpr size_t kNamed = 8;
    const size_t more = names.size() > kNamed ? names.size() - kNamed : 0;
    names.resize(names.size() - more);
    return fmt::format("{}; it has {}{}", message, fmt::join(names, ", "),
                       more == 0 ? std::string() : fmt::format(" and {} more", more));
}

}  // namespace

Expected<ElfExports> parse_elf_exports(std::string_view bytes)
{
    const Expected<ElfImage> image = ElfImage::open(bytes);
    if (!image) return std::unexpected(image.error());
    return read_symbols(*image);
}

Expected<ElfExports> read_elf_exports(const std::filesystem::path& file)
{
    const auto opened = open_trusted(file, Trust::kAny);
    if (!opened) return std::unexpected(opened.error());
    const auto about = [&](Error error) {
        error.message.insert(0, file.string() + " ");
        return std::unexpected(std::move(error));
    };
    // A copy: a file that shrinks under a mapping would kill the host.
    std::string bytes;
    if (!read_all(opened->number(), kMaxLibrarySize, bytes)) {
        return about({Code::kIo, fmt::format("cannot be read: {}", std::strerror(errno))});
    }
    if (bytes.size() > kMaxLibrarySize) {
        return about({Code::kTooLarge, "is larger than 1 GiB: strip its debug information"});
    }
    Expected<ElfExports> exports = parse_elf_exports(bytes);
    return exports ? exports : about(exports.error());
}

Expected<ExportedInfo> find_export(const ElfExports& exports, InfoKind kind, std::string_view symbol)
{
    const auto& all = exports.of(kind);
    const auto found = std::ranges::lower_bound(all, symbol, {}, &ExportedInfo::symbol);
    if (found == all.end() || found->symbol != symbol) {
        return failure(Code::kNotFound, missing_export(exports, kind, symbol));
    }
    if (const std::string fault = info_fault(kind, symbol, *found); !fault.empty()) {
        return failure(Code::kIncompatible, fmt::format("\"{}\" cannot be used: {}", symbol, fault));
    }
    return *found;
}

Status find_code(const ElfExports& exports, std::string_view symbol)
{
    if (std::ranges::binary_search(exports.code, symbol)) return {};
    const auto missing = [&](std::string_view advice) {
        return failure(Code::kNotFound, fmt::format("there is no C function \"{}\" in it{}", symbol, advice));
    };
    if (std::ranges::binary_search(exports.functions, symbol, {}, &ExportedInfo::symbol)) {
        return missing(fmt::format(", but {}__dw1: leave \"signature\" out", symbol));
    }
    if (std::ranges::binary_search(exports.symbols, symbol)) return missing(": it is a variable");
    std::vector<std::string_view> names;
    for (const std::string& name : exports.code) {
        if (name.starts_with('_') == symbol.starts_with('_')) names.push_back(name);
    }
    return missing(did_you_mean(symbol, names));
}

}  // namespace dumbwaiter
