// SPDX-License-Identifier: BSD-3-Clause
//
// The ELF reader against real libraries, stripped ones, foreign files, and thousands of damaged ones.
#include "elf_exports.hpp"

#include <doctest/doctest.h>
#include <dumbwaiter/plugin.h>
#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "scratch_folder.hpp"

using namespace dumbwaiter;

namespace {

const std::filesystem::path kFixtures = FIXTURES;

std::string bytes_of(const std::filesystem::path& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> names_of(const ElfExports& exports)
{
    std::vector<std::string> names;
    for (const ExportedInfo& info : exports.functions) names.push_back(info.symbol);
    return names;
}

template <typename T>
void patch(std::string& bytes, size_t offset, T value)
{
    std::memcpy(bytes.data() + offset, &value, sizeof value);
}

ExportedInfo good_info()
{
    return {{sizeof(dw_function_info), sizeof(dw_function_info), 0, DW_ABI_MINOR, 0}, "f"};
}

}  // namespace

TEST_CASE("the functions of a library are read from its file")
{
    const auto exports = read_elf_exports(kFixtures / "clock.so");
    REQUIRE(exports);
    CHECK(names_of(*exports) == std::vector<std::string>{"now", "tick"});
    CHECK(std::ranges::binary_search(exports->symbols, std::string("now__dw1")));
    const ExportedInfo& tick = exports->functions[1];
    CHECK(tick.elf_size == sizeof(dw_function_info));
    CHECK(tick.struct_size == sizeof(dw_function_info));
    CHECK(tick.flags == DW_SERIAL);
    CHECK(tick.built_minor == DW_ABI_MINOR);
    CHECK(tick.required_minor == 0);
    CHECK(info_fault(InfoKind::kFunction, tick.symbol, tick).empty());
}

TEST_CASE("what AddressSanitizer exports beside an info is no function")
{
    const auto exports = read_elf_exports(kFixtures / "odd.so");
    REQUIRE(exports);
    CHECK(std::ranges::binary_search(exports->symbols, std::string("__odr_asan.good__dw1")));
    CHECK(std::ranges::count(names_of(*exports), "good") == 1);
    CHECK(std::ranges::count(names_of(*exports), "__odr_asan.good") == 0);
}

TEST_CASE("a library without functions has its symbols all the same")
{
    const auto exports = read_elf_exports(kFixtures / "bare.so");
    REQUIRE(exports);
    CHECK(exports->functions.empty());
    CHECK(std::ranges::binary_search(exports->symbols, std::string("bare")));
    CHECK(!std::ranges::binary_search(exports->symbols, std::string("abort")));  // only used, not defined
}

TEST_CASE("section headers are not needed")
{
    std::string bytes = bytes_of(kFixtures / "clock.so");
    patch<uint64_t>(bytes, offsetof(Elf64_Ehdr, e_shoff), 0);
    patch<uint16_t>(bytes, offsetof(Elf64_Ehdr, e_shnum), 0);
    const auto exports = parse_elf_exports(bytes);
    REQUIRE(exports);
    CHECK(names_of(*exports) == std::vector<std::string>{"now", "tick"});
}

TEST_CASE("the older hash table does as well as the newer")
{
    const auto exports = read_elf_exports(kFixtures / "oldhash.so");
    REQUIRE(exports);
    CHECK(names_of(*exports) == std::vector<std::string>{"now", "tick"});
}

TEST_CASE("infos that are wrong or new are refused by name")
{
    const auto exports = read_elf_exports(kFixtures / "odd.so");
    REQUIRE(exports);
    struct Row {
        std::string symbol, fragment;  // "" = taken
    };
    for (const Row& row : std::vector<Row>{{"good", ""},
                                           {"longer", ""},
                                           {"unknown_hint", ""},
                                           {"empty", ""},
                                           {"lonely", ""},
                                           {"newer", "needs plugin ABI 1.7, and this dumbwaiter has 1.0"},
                                           {"strict", "flags 0x100000"},
                                           {"liar", "says that it is 4096 bytes long, and is 72"},
                                           {"stub", "is 16 bytes long"},
                                           {"bare_code", "bare_code__dw1 is code, and no constant"},
                                           {"tiny", "is 4 bytes long"}}) {
        CAPTURE(row.symbol);
        const auto at = std::ranges::find(exports->functions, row.symbol, &ExportedInfo::symbol);
        REQUIRE(at != exports->functions.end());
        const std::string fault = info_fault(InfoKind::kFunction, at->symbol, *at);
        CHECK(fault.empty() == row.fragment.empty());
        CHECK_MESSAGE(fault.find(row.fragment) != std::string::npos, fault);
        CHECK(find_function(*exports, row.symbol).has_value() == fault.empty());
    }
}

TEST_CASE("a fault says which side is to be changed")
{
    ExportedInfo info = good_info();
    info.required_minor = DW_ABI_MINOR + 1;
    CHECK(info_fault(InfoKind::kFunction, info.symbol, info)
              .find("upgrade dumbwaiter, or build the library for the older version") != std::string::npos);
    info = good_info();
    info.flags = 0xffff;  // the lower flags may be ignored
    CHECK(info_fault(InfoKind::kFunction, info.symbol, info).empty());
    info = good_info();
    info.struct_size += 1000;
    CHECK(!info_fault(InfoKind::kFunction, info.symbol, info).empty());
    info.elf_size += 1000;
    CHECK(info_fault(InfoKind::kFunction, info.symbol, info).empty());
}

TEST_CASE("a function that is not there comes with a near name")
{
    const auto clock = read_elf_exports(kFixtures / "clock.so");
    const auto bare = read_elf_exports(kFixtures / "bare.so");
    REQUIRE(clock);
    REQUIRE(bare);
    CHECK(find_function(*clock, "nwo").error().message == "there is no function \"nwo\" in it; did you mean \"now\"?");
    CHECK(find_function(*clock, "colour").error().message == "there is no function \"colour\" in it; it has now, tick");
    CHECK(find_function(*clock, "nwo").error().code == Code::kNotFound);
    CHECK(find_function(*bare, "bare").error().message.find("\"bare\" is there, but without bare__dw1") == 0);
    CHECK(find_function(*bare, "other").error().message.find("nor any other") != std::string::npos);
}

TEST_CASE("files that are no library for this machine are refused with the reason")
{
    const ScratchFolder folder;
    const std::string good = bytes_of(kFixtures / "clock.so");
    const auto with = [&](size_t offset, auto value) {
        std::string bytes = good;
        patch(bytes, offset, value);
        return bytes;
    };
    struct Row {
        std::string bytes;
        Code code;
        std::string fragment;
    };
    for (const Row& row : std::vector<Row>{
             {"", Code::kIncompatible, "is empty"},
             {"#!/bin/sh\necho no library\n", Code::kIncompatible, "not an ELF file"},
             {"\x7f"
              "ELF",
              Code::kDamaged, "cut off"},
             {good.substr(0, 63), Code::kDamaged, "cut off"},
             {good.substr(0, good.size() / 2), Code::kDamaged, "cut off"},
             {good.substr(0, good.size() - 1), Code::kDamaged, "cut off"},
             {with(EI_CLASS, uint8_t{ELFCLASS32}), Code::kIncompatible, "32-bit"},
             {with(EI_DATA, uint8_t{ELFDATA2MSB}), Code::kIncompatible, "big-endian"},
             {with(offsetof(Elf64_Ehdr, e_machine), uint16_t{EM_RISCV}), Code::kIncompatible, "built for RISC-V"},
             {with(offsetof(Elf64_Ehdr, e_type), uint16_t{ET_EXEC}), Code::kIncompatible, "no shared library"},
             {with(offsetof(Elf64_Ehdr, e_type), uint16_t{ET_REL}), Code::kIncompatible, "no shared library"},
             {with(offsetof(Elf64_Ehdr, e_phoff), uint64_t{1} << 40), Code::kDamaged, "cut off"}}) {
        CAPTURE(row.fragment);
        const auto file = folder.write("x.so", row.bytes);
        const auto exports = read_elf_exports(file);
        REQUIRE(!exports);
        CHECK(exports.error().code == row.code);
        CHECK_MESSAGE(exports.error().message.find(row.fragment) != std::string::npos, exports.error().message);
        CHECK(exports.error().message.starts_with(file.string() + " "));
    }
}

TEST_CASE("what is no file, and what is a program, is refused")
{
    const ScratchFolder folder;
    CHECK(read_elf_exports(folder.path / "none.so").error().code == Code::kNotFound);
    CHECK(read_elf_exports(folder.path).error().message.find("is a folder") != std::string::npos);
    CHECK(read_elf_exports("/dev/null").error().message.find("no regular file") != std::string::npos);
    const auto program = read_elf_exports("/proc/self/exe");
    REQUIRE(!program);
    CHECK(program.error().code == Code::kIncompatible);
}

TEST_CASE("no cut of a library does harm")
{
    const std::string good = bytes_of(kFixtures / "odd.so");
    for (size_t size = 0; size < good.size(); size += size < 4096 ? 1 : 61) {
        CHECK(!parse_elf_exports(std::string_view(good).substr(0, size)));
    }
}

TEST_CASE("no damage to a library does harm")
{
    const std::string good = bytes_of(kFixtures / "odd.so");
    std::mt19937 random(20261123);
    const uint64_t nasty[] = {0,          1,          0x7f,       0xff,           0xffff,
                              0x7fffffff, 0xffffffff, UINT64_MAX, UINT64_MAX - 7, uint64_t{1} << 63};
    size_t refused = 0;
    for (int round = 0; round < 20'000; ++round) {
        std::string bytes = good;
        // Most of what matters stands in the first pages: headers, hash table, symbols, names.
        const size_t reach = round % 2 == 0 ? std::min<size_t>(bytes.size(), 4096) : bytes.size();
        const int changes = 1 + static_cast<int>(random() % 4);
        for (int n = 0; n < changes; ++n) {
            const size_t width = size_t{1} << (random() % 4);
            const size_t offset = random() % (reach - width) / width * width;
            const uint64_t value = random() % 2 == 0 ? nasty[random() % std::size(nasty)] : random();
            std::memcpy(bytes.data() + offset, &value, width);
        }
        const auto exports = parse_elf_exports(bytes);
        if (!exports) {
            ++refused;
            CHECK(!exports.error().message.empty());
            continue;
        }
        for (const ExportedInfo& info : exports->functions) info_fault(InfoKind::kFunction, info.symbol, info);
    }
    CHECK(refused > 100);
}
