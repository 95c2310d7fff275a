// SPDX-License-Identifier: BSD-3-Clause
//
// The keys of [limits], which a library may have as well.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "parsed_manifest.hpp"

using namespace dumbwaiter;

namespace {

const std::string kFunction = "\n[functions.x]\nfunction = \"x.so:f\"\nisolation = \"process\"\n";

struct Row {
    std::string text;
    Limits limits;
};

const std::vector<Row> kGood = {
    {"", {}},
    {"memory = 1048576", {.memory = 1 << 20}},
    {"memory = \"256MiB\"", {.memory = 256 << 20}},
    {"memory = \"1024GiB\"", {.memory = uint64_t{1} << 40}},
    {"open_files = 16", {.open_files = 16}},
    {"processes = 0", {.processes = 0}},
    {"processes = 65536", {.processes = 65536}},
    {"cpu_seconds = 1", {.cpu_seconds = 1}},
    {"memory = \"none\"\nopen_files = \"none\"\nprocesses = \"none\"\ncpu_seconds = \"none\"", {}},
    {"result_size = \"64MiB\"", {.result_size = 64 << 20}},
    {"core_dumps = true", {.core_dumps = true}},
};

struct Bad {
    std::string text, fragment;
};

const std::vector<Bad> kBad = {
    {"memory = \"1KiB\"", "from \"1MiB\" to \"1048576MiB\", or a text such as \"512KiB\", not \"1KiB\""},
    {"memory = 1048575", "not 1048575"},
    {"memory = \"1025GiB\"", "not \"1025GiB\""},
    {"memory = \"lots\"", "not \"lots\""},
    {"memory = 1.5", "not 1.5"},
    {"open_files = 15", "an integer from 16 to 1048576, or \"none\", not 15"},
    {"open_files = \"64\"", "not \"64\""},
    {"processes = -1", "an integer from 0 to 65536, or \"none\", not -1"},
    {"cpu_seconds = 0", "from 1 to 31622400"},
    {"cpu_seconds = 0.5", "an integer"},
    {"core_dumps = 1", "true or false, not 1"},
    {"result_sise = 3", "did you mean \"result_size\"?"},
    {"result_size = 0", "from 1 to \"64MiB\""},
    {"result_size = \"65MiB\"", "not \"65MiB\""},
    {"result_size = \"1MB\"", "such as \"512KiB\""},
    {"result_size = \"-1KiB\"", "bytes"},
    {"result_size = \"99999999999999999999KiB\"", "bytes"},
    {"result_size = 1.5", "bytes"},
    {"result_size = \"none\"", "bytes"},
};

const std::string kTables[] = {"[limits]\n", "[library.\"x.so\"]\n"};

}  // namespace

TEST_CASE("limits are taken from [limits] and from a library alike")
{
    for (const std::string& table : kTables) {
        for (const Row& row : kGood) {
            CAPTURE(row.text);
            const Manifest manifest = parsed(table + row.text + kFunction);
            CHECK(limits_of(manifest.settings, "x.so") == row.limits);
            CHECK(manifest.functions[0]->result_limit == row.limits.result_size);
        }
    }
}

TEST_CASE("limits out of range, of the wrong type or of no known name are refused at the key")
{
    for (const std::string& table : kTables) {
        for (const Bad& row : kBad) {
            CAPTURE(row.text);
            const ManifestReading reading = parse_manifest(table + row.text + kFunction, "m", "/");
            REQUIRE(reading.problems.size() == 1);
            CHECK(reading.problems[0].at == Position{2, 1});
            CHECK_MESSAGE(reading.problems[0].message.find(row.fragment) != std::string::npos,
                          reading.problems[0].message);
        }
    }
}
