// SPDX-License-Identifier: BSD-3-Clause
#include "elf_symbols.hpp"

#include <cxxabi.h>
#include <elf.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>

#include "utf8.hpp"

namespace dumbwaiter {

namespace {

constexpr size_t kLongestReadable = 120;
constexpr std::string_view kRun = "__dw1_run";

template <typename T>
std::optional<T> at(std::string_view bytes, uint64_t offset)
{
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) return std::nullopt;
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

std::string_view part(std::string_view bytes, const Elf64_Shdr& section)
{
    if (section.sh_offset > bytes.size() || section.sh_size > bytes.size() - section.sh_offset) return {};
    return bytes.substr(section.sh_offset, section.sh_size);
}

std::optional<Elf64_Shdr> section(std::string_view elf, const Elf64_Ehdr& header, uint64_t index)
{
    if (index >= header.e_shnum || header.e_shoff > elf.size()) return std::nullopt;
    return at<Elf64_Shdr>(elf, header.e_shoff + index * sizeof(Elf64_Shdr));
}

std::string_view name_in(std::string_view names, uint64_t offset)
{
    if (offset >= names.size()) return {};
    const std::string_view rest = names.substr(offset);
    return rest.substr(0, rest.find('\0'));
}

std::string_view find(std::string_view symbols, std::string_view names, uint64_t address)
{
    for (uint64_t offset = 0; const auto symbol = at<Elf64_Sym>(symbols, offset); offset += sizeof(Elf64_Sym)) {
        if (ELF64_ST_TYPE(symbol->st_info) != STT_FUNC || symbol->st_shndx == SHN_UNDEF) continue;
        if (symbol->st_value <= address && address - symbol->st_value < symbol->st_size) {
            return name_in(names, symbol->st_name);
        }
    }
    return {};
}

std::string readable(std::string_view name)
{
    if (name.ends_with(kRun)) name.remove_suffix(kRun.size());
    const std::string text(name);
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> demangled(
        abi::__cxa_demangle(text.c_str(), nullptr, nullptr, &status), &std::free);
    return clean_utf8(status == 0 ? demangled.get() : text, kLongestReadable);
}

}  // namespace

std::string function_at(std::string_view elf, uint64_t address)
{
    const auto header = at<Elf64_Ehdr>(elf, 0);
    if (!header || header->e_shentsize != sizeof(Elf64_Shdr)) return {};
    // .symtab has functions that are static, too; where it was stripped there is .dynsym.
    for (const uint32_t type : {uint32_t{SHT_SYMTAB}, uint32_t{SHT_DYNSYM}}) {
        for (uint64_t i = 0; i < header->e_shnum; ++i) {
            const auto table = section(elf, *header, i);
            if (!table || table->sh_type != type) continue;
            const auto names = section(elf, *header, table->sh_link);
            const std::string_view name = names ? find(part(elf, *table), part(elf, *names), address) : "";
            if (!name.empty()) return readable(name);
        }
    }
    return {};
}

}  // namespace dumbwaiter
