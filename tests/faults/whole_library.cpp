// SPDX-License-Identifier: BSD-3-Clause
#include "whole_library.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "descriptor.hpp"
#include "world.hpp"

namespace dumbwaiter::test {

namespace {

constexpr std::string_view kMark("whole-so-begins\0", 16);
constexpr size_t kRest = 2048;

void write_all(int descriptor, std::string_view bytes)
{
    REQUIRE(::write(descriptor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
}

}  // namespace

std::string whole_library(uint64_t version)
{
    std::string bytes = read_file(test_plugin("whole.so"));
    size_t at = bytes.find(kMark);
    REQUIRE(at != std::string::npos);
    at += kMark.size();
    for (int i = 0; i < 8; ++i) bytes[at++] = static_cast<char>(version >> (8 * i));
    uint64_t number = version;
    for (size_t i = 0; i < kRest; ++i) {
        number = number * 6364136223846793005u + 1442695040888963407u;
        bytes[at++] = static_cast<char>(number >> 56);
    }
    return bytes;
}

void put_file(const std::filesystem::path& file, std::string_view bytes)
{
    const std::filesystem::path beside = file.string() + ".new";
    {
        const Descriptor opened(::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755));
        REQUIRE(opened.is_open());
        write_all(opened.number(), bytes);
    }
    std::filesystem::rename(beside, file);
}

void overwrite_file(const std::filesystem::path& file, std::string_view bytes, bool empties)
{
    const Descriptor opened(::open(file.c_str(), O_WRONLY | O_CLOEXEC | (empties ? O_TRUNC : 0)));
    REQUIRE(opened.is_open());
    write_all(opened.number(), bytes);
    REQUIRE(::ftruncate(opened.number(), static_cast<off_t>(bytes.size())) == 0);
}

}  // namespace dumbwaiter::test
