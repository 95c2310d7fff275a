// SPDX-License-Identifier: BSD-3-Clause
//
// Libraries that were built when a version of the ABI came out, and are kept: every later host runs them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <regex>

#include "conformance.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;
namespace fs = std::filesystem;

namespace {

// Folder by folder: one a version.
std::vector<fs::path> golden_libraries()
{
    std::vector<fs::path> all;
    for (const auto& entry : fs::recursive_directory_iterator(std::getenv("GOLDEN_PLUGINS"))) {
        if (entry.path().extension() == ".so") all.push_back(entry.path());
    }
    std::ranges::sort(all);
    REQUIRE(all.size() >= 6);
    return all;
}

// The library where the host trusts its folders, whoever checked the sources out.
fs::path copied(const fs::path& library, World& world)
{
    const fs::path copy = world.root() / library.filename();
    fs::copy_file(library, copy, fs::copy_options::overwrite_existing);
    fs::permissions(copy, fs::perms(0755));
    return copy;
}

// The highest number that follows `name` in what the library needs, as in "GLIBC_2.14".
int newest_need(World& world, const fs::path& library, const std::string& name)
{
    const Done done = world.run_program("/usr/bin/objdump", {"-T", library.string()});
    REQUIRE_MESSAGE(done.code == 0, done.err);
    const std::regex version(name + R"((\d+))");
    int newest = 0;
    for (std::sregex_iterator found(done.out.begin(), done.out.end(), version), end; found != end; ++found)
        newest = std::max(newest, std::stoi((*found)[1]));
    return newest;
}

}  // namespace

TEST_CASE("the stored plugins are those that were stored, each of them")
{
    World world;
    for (const fs::path& library : golden_libraries()) {
        CAPTURE(library);
        const std::string folder = library.parent_path().string(), name = library.filename().string();
        CHECK(read_file(library.parent_path() / "SHA256SUMS").find("  " + name + "\n") != std::string::npos);
        const Done sums =
            world.run_program("/bin/sh", {"-c", "cd \"$0\" && sha256sum --check --strict --quiet SHA256SUMS", folder});
        CHECK_MESSAGE(sums.code == 0, sums.out << sums.err);
    }
}

TEST_CASE("the stored plugins are small, and need nothing newer than Debian 12 has")
{
    World world;
    for (const fs::path& library : golden_libraries()) {
        CAPTURE(library);
        CHECK(fs::file_size(library) < 30 * 1024);
        CHECK(newest_need(world, library, R"(GLIBC_2\.)") <= 36);
        CHECK(newest_need(world, library, R"(GLIBCXX_3\.4\.)") <= 30);
    }
}

TEST_CASE("inspect lists every function of the stored plugins")
{
    World world;
    for (const fs::path& library : golden_libraries()) {
        CAPTURE(library);
        const Done done = world.run({"inspect", copied(library, world).string()});
        CHECK_MESSAGE(done.code == 0, done.err);
        for (const char* text : {"echo", "Its arguments, copied node by node", "whole", "types", "relay", "raw", "ends",
                                 "wants", "steady", "counter", "context", "waits"}) {
            CAPTURE(text);
            CHECK(has(done.out, text));
        }
    }
}

TEST_CASE("the stored plugins give what they gave, byte for byte")
{
    World world;
    for (const fs::path& library : golden_libraries()) {
        CAPTURE(library);
        check_conformance(copied(library, world));
    }
}
