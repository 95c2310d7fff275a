// SPDX-License-Identifier: BSD-3-Clause
#include "bad_libraries.hpp"

#include <doctest/doctest.h>
#include <dumbwaiter/plugin.h>
#include <elf.h>

#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <set>
#include <string_view>

namespace dumbwaiter::test {

namespace {

template <typename T>
T at(const std::string& bytes, size_t offset)
{
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
}

template <typename T>
std::string with(std::string bytes, size_t offset, T value)
{
    std::memcpy(bytes.data() + offset, &value, sizeof value);
    return bytes;
}

void add_fields(size_t begin, std::initializer_list<size_t> fields, std::set<size_t>& offsets)
{
    for (const size_t field : fields) offsets.insert(begin + field);
}

// Where fields of its headers begin: the file's, its segments', its sections'.
std::set<size_t> field_offsets(const std::string& bytes)
{
    std::set<size_t> offsets;
    for (size_t i = 0; i < EI_NIDENT; ++i) offsets.insert(i);
    add_fields(0, {16, 18, 20, 24, 32, 40, 48, 52, 54, 56, 58, 60, 62}, offsets);
    const auto header = at<Elf64_Ehdr>(bytes, 0);
    for (size_t i = 0; i < header.e_phnum; ++i) {
        add_fields(header.e_phoff + i * sizeof(Elf64_Phdr), {0, 4, 8, 16, 24, 32, 40, 48}, offsets);
    }
    for (size_t i = 0; i < header.e_shnum; ++i) {
        add_fields(header.e_shoff + i * sizeof(Elf64_Shdr), {0, 4, 8, 16, 24, 32, 40, 44, 48, 56}, offsets);
    }
    return offsets;
}

void add_cuts(const std::string& good, std::vector<BadLibrary>& all)
{
    for (const size_t offset : field_offsets(good)) {
        const char* const reason = offset == 0 ? "is empty" : offset < SELFMAG ? "not an ELF file" : "cut off";
        all.push_back({"cut at " + std::to_string(offset), good.substr(0, offset), reason});
    }
}

void add_machines(const std::string& good, std::vector<BadLibrary>& all)
{
    const auto own = at<Elf64_Ehdr>(good, 0).e_machine;
    for (const uint16_t machine : {EM_NONE, EM_386, EM_ARM, EM_PPC64, EM_S390, EM_X86_64, EM_AARCH64, EM_RISCV}) {
        if (machine == own) continue;
        all.push_back({"machine " + std::to_string(machine), with(good, offsetof(Elf64_Ehdr, e_machine), machine),
                       "build it for this machine"});
    }
    all.push_back({"32 bits", with(good, EI_CLASS, uint8_t{ELFCLASS32}), "32-bit"});
    all.push_back({"big-endian", with(good, EI_DATA, uint8_t{ELFDATA2MSB}), "big-endian"});
}

// Where the info of `now` stands, by its four first fields.
size_t info_offset(const std::string& bytes)
{
    const uint32_t fields[] = {sizeof(dw_function_info), 0, DW_ABI_MINOR, 0};
    const size_t offset = bytes.find(std::string_view(reinterpret_cast<const char*>(fields), sizeof fields));
    REQUIRE(offset != bytes.npos);
    return offset;
}

void add_versions(const std::string& good, std::vector<BadLibrary>& all)
{
    const size_t info = info_offset(good);
    const uint32_t size = sizeof(dw_function_info);
    all.push_back({"ABI + 1", with(good, info + 12, uint32_t{DW_ABI_MINOR + 1}), "needs plugin ABI 1."});
    all.push_back({"ABI - 1", with(good, info + 12, uint32_t{DW_ABI_MINOR - 1U}), "needs plugin ABI 1."});
    all.push_back({"info longer", with(good, info, size + 1), "says that it is"});
    all.push_back({"info shorter", with(good, info, size - 1), "bytes long"});
    for (uint32_t bit = 16; bit < 32; ++bit) {
        all.push_back({"flag " + std::to_string(bit), with(good, info + 4, uint32_t{1} << bit), "does not know"});
    }
}

void add_names(const std::string& good, std::vector<BadLibrary>& all)
{
    const size_t name = good.find(std::string_view("\0now__dw1", 9)) + 1;
    REQUIRE(name != 0);
    for (const char letter : {'N', 'x'})
        all.push_back({"renamed", with(good, name, letter), "there is no function \"now\""});
    all.push_back({"no suffix", with(good, name + 7, '2'), "\"now\""});
}

}  // namespace

std::vector<BadLibrary> bad_libraries(const std::string& good)
{
    std::vector<BadLibrary> all;
    add_cuts(good, all);
    add_machines(good, all);
    add_versions(good, all);
    add_names(good, all);
    return all;
}

}  // namespace dumbwaiter::test
