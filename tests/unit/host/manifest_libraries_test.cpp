// SPDX-License-Identifier: BSD-3-Clause
//
// [library."x.so"], and isolation, trust and groups wherever they may stand.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "parsed_manifest.hpp"
#include "trust.hpp"

using namespace dumbwaiter;

namespace {

const std::string kDigits = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

}  // namespace

TEST_CASE("every key of a library is taken")
{
    const Settings settings = parsed(R"(
[functions]
now = "clock.so:now"
[library."clock.so"]
isolation = "process"
group = "slow"
trust = "any"
sha256 = "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff"
memory = "256MiB"
open_files = 64
processes = 0
cpu_seconds = 10
result_size = "2MiB"
core_dumps = true
sandbox = "strict"
allow_read = ["/etc", "data"]
allow_write = ["cache"]
allow_network = true
allow_processes = true
)")
                                  .settings;
    REQUIRE(settings.libraries.size() == 1);
    const LibrarySpec& library = settings.libraries[0];
    CHECK(library.name == "clock.so");
    CHECK(library.at.line == 4);
    CHECK(library.isolation == Isolation::kProcess);
    CHECK(library.group == "slow");
    CHECK(library.trust == Trust::kAny);
    CHECK(library.sha256 == kDigits);
    CHECK(library.at_sha256.line == 8);
    CHECK(library.limits == Limits{256 << 20, 64, 0, 10, 2 << 20, true});
    CHECK(library.sandbox.strict);
    CHECK(library.sandbox.at.line == 15);
    CHECK(library.sandbox.read == std::vector<std::filesystem::path>{"/etc", "/srv/jobs/data"});
    CHECK(library.sandbox.write == std::vector<std::filesystem::path>{"/srv/jobs/cache"});
    CHECK(library.sandbox.network);
    CHECK(library.sandbox.processes);
}

TEST_CASE("a function takes isolation and group from its library, and that from [dumbwaiter], unless it says so itself")
{
    const Manifest manifest = parsed(R"(
[functions]
b = "b.so:f"
[functions.a]
function = "a.so:f"
[functions.a2]
function = "a.so:f"
isolation = "process"
group = "own"
[functions.c]
function = "c.so:f"
isolation = "thread"
[library."a.so"]
isolation = "process"
group = "both"
[library."b.so"]
isolation = "thread"
[dumbwaiter]
isolation = "process"
)");
    const std::vector<FunctionSpec>& functions = manifest.functions;
    REQUIRE(functions.size() == 4);
    CHECK(functions[0]->isolation == Isolation::kProcess);
    CHECK(functions[0]->group == "both");
    CHECK(functions[1]->group == "own");
    CHECK(functions[2]->isolation == Isolation::kThread);
    CHECK(functions[2]->group.empty());
    CHECK(functions[3]->isolation == Isolation::kThread);
    CHECK(parsed("[dumbwaiter]\nisolation = \"process\"\n[functions]\na = \"a.so:f\"\n").functions[0]->isolation ==
          Isolation::kProcess);
}

TEST_CASE("what a library does not say is what [limits] and [dumbwaiter] say, wherever they stand")
{
    const Manifest manifest = parsed(R"(
[functions]
a = "a.so:f"
b = "./b.so:f"
[library."a.so"]
memory = "none"
open_files = 32
[library."/srv/jobs/b.so"]
result_size = 10
sandbox = "none"
trust = "owner"
[limits]
memory = "64MiB"
cpu_seconds = 5
result_size = 7
[dumbwaiter]
isolation = "process"
trust = "any"
sandbox = "strict"
)");
    const Settings& settings = manifest.settings;
    CHECK(limits_of(settings, "a.so") == Limits{std::nullopt, 32, std::nullopt, 5, 7});
    CHECK(limits_of(settings, "/srv/jobs/b.so") == Limits{64 << 20, std::nullopt, std::nullopt, 5, 10});
    CHECK(limits_of(settings, "other.so") == settings.limits);
    CHECK(sandbox_of(settings, "a.so").strict);
    CHECK(sandbox_of(settings, "a.so").at.line == 19);
    CHECK(!sandbox_of(settings, "/srv/jobs/b.so").strict);
    CHECK(sandbox_of(settings, "other.so").strict);
    CHECK(trust_of_library(settings, "a.so", "/plugins/a.so") == Trust::kAny);
    CHECK(trust_of_library(settings, "/srv/jobs/b.so", "/srv/jobs/b.so") == Trust::kOwner);
    CHECK(trust_of_library(settings, "other.so", "/plugins/other.so") == Trust::kAny);
    CHECK(manifest.functions[0]->result_limit == 7);
    CHECK(manifest.functions[1]->result_limit == 10);
}

TEST_CASE("a library that only a serializer is of is used too")
{
    parsed(
        "[functions.a]\nfunction = \"a.so:f\"\nserializer = \"s.so:pack\"\n"
        "[library.\"s.so\"]\nisolation = \"thread\"\n");
}

TEST_CASE("a library refuses wrong types, ranges and choices at the key")
{
    check_all({{"isolation = \"proces\"", 2, 1, "did you mean \"process\"?"},
               {"isolation = 1", 2, 1, "\"process\" or \"thread\", not 1"},
               {"gruop = \"db\"", 2, 1, "did you mean \"group\"?"},
               {"group = \"\"", 2, 1, "a name of 1 to 200"},
               {"group = \"a b\"", 2, 1, "a name of 1 to 200 of A-Z a-z 0-9 _ . : -, not \"a b\""},
               {"trust = \"root\"", 2, 1, "\"owner\" or \"any\", not \"root\""},
               {"sha256 = \"00\"", 2, 1, "64 hexadecimal digits that sha256sum prints, not \"00\""},
               {"sha256 = 3", 2, 1, "64 hexadecimal digits"},
               {"sha256 = \"" + std::string(63, '0') + "g\"", 2, 1, "64 hexadecimal digits"},
               {"sandbox = \"strct\"", 2, 1, "did you mean \"strict\"?"},
               {"sandbox = true", 2, 1, "\"none\" or \"strict\", not true"},
               {"allow_read = [\"/etc\"]", 2, 1, "this library has none: add sandbox = \"strict\""},
               {"allow_network = true\nallow_write = []", 2, 1, "\"allow_network\" opens a sandbox"},
               {"sandbox = \"strict\"\nallow_read = \"/etc\"", 3, 1, "an array of paths, such as [\"/etc/hosts\"]"},
               {"sandbox = \"strict\"\nallow_write = [\"a\", 3]", 3, 21, "must be a string, not 3"},
               {"sandbox = \"strict\"\nallow_network = 1", 3, 1, "true or false"},
               {"sandbox = \"strict\"\nallow_raed = []", 3, 1, "did you mean \"allow_read\"?"},
               {"frequency = 3", 2, 1, "it belongs to a function"},
               {"workers = 3", 2, 1, "it belongs under [dumbwaiter]"},
               {"watch = false", 2, 1, "it belongs under [dumbwaiter]"}},
              "[library.\"x.so\"]\n", "\n[functions]\nx = \"x.so:f\"\n[dumbwaiter]\nisolation = \"process\"\n");
}

TEST_CASE("an entry of [library] must be a table, be used, and stand once")
{
    const std::string functions = "\n[functions]\nclock = \"libclock.so:now\"\nx = \"./x.so:f\"\n";
    check_all({{"[library]\n\"libclock.so\" = 3", 2, 1, "must be a table"},
               {"library = 3", 1, 1, "must be a table"},
               {"[library.\"libclok.so\"]", 1, 10, "no function is of \"libclok.so\"; did you mean \"libclock.so\"?"},
               {"[library.\"zebra\"]", 1, 10, "write its name as \"function\" has it"},
               {"[library.x.so]", 1, 12, "needs quotes, [library.\"x.so\"]"},
               {"[library.\"x.so\"]", 1, 10, "no function is of \"x.so\""},
               {"[library.\"./x.so\"]\n[library.\"/srv/jobs/x.so\"]", 2, 10, "write each library once"}},
              "", functions);
}

TEST_CASE("a misplaced key of a library is sent where it belongs")
{
    check_all({{"[functions.a]\nfunction = \"x.so:f\"\nsha256 = \"00\"", 3, 1, "under [library.\"x.so\"]"},
               {"[functions.a]\nfunction = \"x.so:f\"\nmemory = 3", 3, 1, "under [library.\"x.so\"]"},
               {"[functions.a]\nfunction = \"x.so:f\"\nsandbox = \"strict\"", 3, 1, "under [library.\"x.so\"]"},
               {"[dumbwaiter]\nsha256 = \"00\"", 2, 1, "under [library.\"NAME.so\"]"},
               {"[dumbwaiter]\nmemory = 3", 2, 1, "under [limits]"},
               {"[limits]\nallow_read = []", 2, 1, "under [library.\"NAME.so\"]"}},
              "", "\n[functions.b]\nfunction = \"x.so:f\"\n");
}

TEST_CASE("what only a child process can promise is refused for functions that run inside the host")
{
    check_all({{"[library.\"x.so\"]\nmemory = \"8MiB\"", 2, 1, "limits child processes, and x runs inside the host"},
               {"[library.\"x.so\"]\nsandbox = \"strict\"", 2, 1, "write isolation = \"process\""},
               {"[library.\"x.so\"]\ngroup = \"g\"", 2, 1, "a group shares a child process, and x runs inside"},
               {"[dumbwaiter]\nsandbox = \"strict\"", 2, 1, "a sandbox holds a child process"},
               {"[limits]\nprocesses = 3", 2, 1, "every function runs inside the host"}},
              "",
              "\n[functions.x]\nfunction = \"x.so:f\"\nisolation = \"thread\"\n"
              "[functions.y]\nfunction = \"x.so:g\"\nisolation = \"thread\"\n");
    check_all({{"[functions.x]\nfunction = \"x.so:f\"\nisolation = \"thread\"\ngroup = \"g\"", 4, 1, "a group shares"}},
              "", "");
    parsed(
        "[library.\"x.so\"]\nresult_size = 3\nmemory = \"none\"\n[limits]\ncore_dumps = true\n"
        "[functions]\nx = \"x.so:f\"\n");
    parsed(
        "[limits]\nmemory = \"8MiB\"\n[functions]\nx = \"x.so:f\"\n[functions.y]\nfunction = \"x.so:f\"\n"
        "isolation = \"process\"\n");
}

TEST_CASE("libraries that share a child process have the same limits and sandbox")
{
    const std::string functions =
        "\n[functions]\na = \"a.so:f\"\nb = \"b.so:f\"\n[dumbwaiter]\nisolation = \"process\"\n"
        "[library.\"a.so\"]\ngroup = \"g\"\n";
    check_all({{"[library.\"b.so\"]\ngroup = \"g\"\nmemory = \"8MiB\"", 2, 1, "\"a.so\" and \"b.so\" share a child"},
               {"[library.\"b.so\"]\ngroup = \"g\"\nsandbox = \"strict\"", 2, 1, "sandboxes differ"}},
              "", functions);
    parsed("[library.\"b.so\"]\ngroup = \"g\"\nresult_size = 5\ncpu_seconds = 3" + functions);
    parsed("[library.\"b.so\"]\ngroup = \"h\"\nmemory = \"8MiB\"" + functions);
}
