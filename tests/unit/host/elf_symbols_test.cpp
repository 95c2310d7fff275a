// SPDX-License-Identifier: BSD-3-Clause
#include "elf_symbols.hpp"

#include <dlfcn.h>
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <random>
#include <string>

using namespace dumbwaiter;

namespace {

std::string bytes_of(const std::string& file)
{
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

// What the loader added to the addresses in this program's file.
uint64_t own_base()
{
    Dl_info info{};
    REQUIRE(dladdr(reinterpret_cast<void*>(&own_base), &info) != 0);
    return reinterpret_cast<uint64_t>(info.dli_fbase);
}

struct Inner {
    static int known() { return 7; }
};

}  // namespace

extern "C" {
static int known__dw1_run()
{
    return 7;
}
}

TEST_CASE("an address is told by the function around it, also one that nobody else sees")
{
    const std::string self = bytes_of("/proc/self/exe");
    const auto offset = [](auto* function) { return reinterpret_cast<uint64_t>(function) - own_base(); };
    CHECK(function_at(self, offset(&known__dw1_run)) == "known");
    CHECK(function_at(self, offset(&known__dw1_run) + 1) == "known");
    CHECK(function_at(self, offset(&Inner::known)).find("Inner::known()") != std::string::npos);
    CHECK(function_at(self, 0) == "");
    CHECK(function_at(self, UINT64_MAX) == "");
    CHECK(function_at("", 0) == "");
}

TEST_CASE("a damaged file has no names, or wrong ones, and harms nobody")
{
    const std::string good = bytes_of(std::string(FIXTURES) + "/clock.so");
    std::mt19937 chance(7);
    for (int i = 0; i < 3000; ++i) {
        std::string bad = good.substr(0, i % 3 == 0 ? chance() % good.size() : good.size());
        for (int flips = 0; flips < 8 && !bad.empty(); ++flips) {
            // Half of them in the header and in the sections' headers at the end.
            const size_t at = flips % 2 == 0 ? chance() % std::min<size_t>(bad.size(), 64)
                                             : bad.size() - 1 - chance() % std::min<size_t>(bad.size(), 2048);
            bad[at] = static_cast<char>(chance());
        }
        CHECK(function_at(bad, chance() % good.size()).size() < 1000);
    }
}
