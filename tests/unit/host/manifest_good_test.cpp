// SPDX-License-Identifier: BSD-3-Clause
//
// Manifests that are taken, and what they say.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "parsed_manifest.hpp"

using namespace dumbwaiter;
using namespace std::chrono_literals;

namespace {

const std::string kNow = "[functions.now]\nfunction = \"clock.so:now\"\n";

}  // namespace

TEST_CASE("the defaults are those of the contract")
{
    const Manifest manifest = parsed("[functions]\nnow = \"clock.so:now\"\n");
    const Settings& settings = manifest.settings;
    CHECK(settings.store == "/srv/jobs/dumbwaiter.store");
    CHECK(settings.plugin_path == std::vector<std::filesystem::path>{"/srv/jobs/plugins"});
    CHECK(settings.default_frequency == 300s);
    CHECK(settings.default_saved == 10);
    CHECK(settings.serializer == Serializer::kJson);
    CHECK(settings.threaded);
    CHECK(settings.workers == 0);
    CHECK(settings.timeout == 0s);
    CHECK(settings.durability == Durability::kFull);
    CHECK(settings.commit_interval == 10ms);
    CHECK(settings.shutdown_grace == 5s);
    CHECK(settings.isolation == Isolation::kProcess);
    CHECK(settings.trust == Trust::kOwner);
    CHECK(settings.limits == Limits{});
    CHECK(!settings.sandbox.strict);
    CHECK(settings.libraries.empty());
    CHECK(settings.store_group.empty());
    REQUIRE(manifest.functions.size() == 1);
    const FunctionSpec& now = manifest.functions[0];
    CHECK(now.name == "now");
    CHECK(now->library == "clock.so");
    CHECK(now->symbol == "now");
    CHECK(now->frequency == 300s);
    CHECK(now->max_saved == 10);
    CHECK(now->timeout == 0s);
    CHECK(now.serializer == Serializer::kJson);
    CHECK(now->on_start == OnStart::kStale);
    CHECK(now->retry.attempts == 0);
    CHECK(now->retry.delay == 1s);
    CHECK(now->isolation == Isolation::kProcess);
    CHECK(now->group.empty());
    CHECK(now->result_limit == 1 << 20);
    CHECK(now->enabled);
    REQUIRE(now->args.nodes.size() == 1);
    CHECK(now->args.nodes[0].type == Type::kArray);
    CHECK(now->args.nodes[0].size == 0);
    REQUIRE(now->kwargs.nodes.size() == 1);
    CHECK(now->kwargs.nodes[0].type == Type::kMap);
}

TEST_CASE("every key of [dumbwaiter] is taken")
{
    const Settings settings = parsed(R"(
[dumbwaiter]
store = "/var/lib/dumbwaiter"
plugin_path = ["mine", "../shared", "/opt/plugins"]
default_frequency = 1.5
default_saved = 3
serializer = "msgpack"
serializer_options = {}
threaded = false
workers = 8
isolation = "thread"
timeout = 2
durability = "relaxed"
commit_interval = 0
shutdown_grace = 0.25
store_group = "readers"
watch = false
align = false
)" + kNow)
                                  .settings;
    CHECK(settings.store == "/var/lib/dumbwaiter");
    CHECK(settings.plugin_path == std::vector<std::filesystem::path>{"/srv/jobs/mine", "/srv/shared", "/opt/plugins"});
    CHECK(settings.default_frequency == 1500ms);
    CHECK(settings.default_saved == 3);
    CHECK(settings.serializer == Serializer::kMsgpack);
    CHECK(!settings.threaded);
    CHECK(settings.workers == 8);
    CHECK(settings.timeout == 2s);
    CHECK(settings.durability == Durability::kRelaxed);
    CHECK(settings.commit_interval == 0s);
    CHECK(settings.shutdown_grace == 250ms);
    CHECK(settings.store_group == "readers");
}

TEST_CASE("every key of a function is taken")
{
    const FunctionSpec spec = parsed(R"(
[functions.count]
function = "libsqlite.so:query"
frequency = 15
args = ["shop.db", 3]
kwargs = { readonly = true }
max_saved = 1
timeout = 2.0
isolation = "thread"
serializer = "cbor"
serializer_options = {}
overlap = "skip"
on_start = "never"
retry = { attempts = 2, delay = 0.001 }
enabled = true
align = false
after = []
)")
                                  .functions.at(0);
    CHECK(spec.name == "count");
    CHECK(spec->library == "libsqlite.so");
    CHECK(spec->symbol == "query");
    CHECK(spec->frequency == 15s);
    CHECK(to_json(spec->args) == "[\"shop.db\",3]");
    CHECK(to_json(spec->kwargs) == "{\"readonly\":true}");
    CHECK(spec->max_saved == 1);
    CHECK(spec->timeout == 2s);
    CHECK(spec.serializer == Serializer::kCbor);
    CHECK(spec->on_start == OnStart::kNever);
    CHECK(spec->retry.attempts == 2);
    CHECK(spec->retry.delay == 1ms);
    CHECK(spec.at.line == 2);
    CHECK(spec.at_function().line == 3);
    CHECK(spec.at_args().line == 5);
}

TEST_CASE("a function takes the defaults of [dumbwaiter], wherever that table stands")
{
    const FunctionSpec spec = parsed(kNow +
                                     "[dumbwaiter]\ndefault_frequency = 7\ndefault_saved = 2\ntimeout = 1\n"
                                     "serializer = \"raw\"\n")
                                  .functions.at(0);
    CHECK(spec->frequency == 7s);
    CHECK(spec->max_saved == 2);
    CHECK(spec->timeout == 1s);
    CHECK(spec.serializer == Serializer::kRaw);
}

TEST_CASE("seconds become nanoseconds exactly")
{
    struct Row {
        std::string text;
        int64_t nanoseconds;
    };
    for (const Row& row : std::vector<Row>{{"0.01", 10'000'000},
                                           {"0.1", 100'000'000},
                                           {"0.3", 300'000'000},
                                           {"1", 1'000'000'000},
                                           {"1.000000001", 1'000'000'001},
                                           {"86400.1", 86'400'100'000'000},
                                           {"1e2", 100'000'000'000},
                                           {"0x10", 16'000'000'000},
                                           {"31622400", 31'622'400'000'000'000},
                                           {"31_622_400.0", 31'622'400'000'000'000}}) {
        CAPTURE(row.text);
        CHECK(parsed(kNow + "frequency = " + row.text + "\n").functions[0]->frequency.count() == row.nanoseconds);
    }
}

TEST_CASE("a timeout of zero is none, however it is written")
{
    for (const std::string text : {"0", "0.0", "-0.0"}) {
        CHECK(parsed(kNow + "timeout = " + text + "\n").functions[0]->timeout == 0s);
    }
}

TEST_CASE("result_size is bytes or a text with a unit")
{
    struct Row {
        std::string text;
        uint64_t bytes;
    };
    for (const Row& row : std::vector<Row>{
             {"1", 1}, {"65536", 65536}, {"\"512KiB\"", 512 << 10}, {"\"1MiB\"", 1 << 20}, {"\"64MiB\"", 64 << 20}}) {
        CAPTURE(row.text);
        CHECK(parsed(kNow + "[limits]\nresult_size = " + row.text + "\n").functions[0]->result_limit == row.bytes);
    }
}

TEST_CASE("a library with a slash is a path from the manifest's folder, one without is a name")
{
    struct Row {
        std::string text, library, symbol;
    };
    for (const Row& row : std::vector<Row>{{"clock.so:now", "clock.so", "now"},
                                           {"libm.so.6:cos", "libm.so.6", "cos"},
                                           {"./clock.so:now", "/srv/jobs/clock.so", "now"},
                                           {"../lib/clock.so:now", "/srv/lib/clock.so", "now"},
                                           {"/opt/clock.so:_n0w", "/opt/clock.so", "_n0w"},
                                           {"a:b.so:now", "a:b.so", "now"}}) {
        CAPTURE(row.text);
        const FunctionSpec spec = parsed("[functions]\nx = \"" + row.text + "\"\n").functions.at(0);
        CHECK(spec->library == row.library);
        CHECK(spec->symbol == row.symbol);
    }
}

TEST_CASE("functions come in byte order of their names, whatever form they have")
{
    const Manifest manifest = parsed(
        "[functions]\nb = \"c.so:f\"\n\"a.b\" = \"c.so:f\"\n\"Z-:_9\" = \"c.so:f\"\nd.function = \"c.so:f\"\n"
        "[functions.a]\nfunction = \"c.so:f\"\n[functions.\"" +
        std::string(200, 'n') + "\"]\nfunction = \"c.so:f\"\n");
    std::vector<std::string> names;
    for (const FunctionSpec& spec : manifest.functions) names.push_back(spec.name);
    CHECK(names == std::vector<std::string>{"Z-:_9", "a", "a.b", "b", "d", std::string(200, 'n')});
}

TEST_CASE("good manifests of many shapes are taken")
{
    for (const std::string text : {
             "[functions]\na = \"c.so:f\"",
             "\xEF\xBB\xBF[functions]\na = \"c.so:f\"\n",
             "[functions]\r\na = \"c.so:f\"\r\n",
             "functions.a = \"c.so:f\"\n",
             "functions = { a = \"c.so:f\" }\n",
             "functions = { a = { function = \"c.so:f\", frequency = 2 } }\n",
             "[functions.a]\nfunction = 'c.so:f'\n[functions.a.kwargs]\nx = 1\n[functions.a.retry]\nattempts = 1\n",
             "[functions.a.kwargs]\nx = 1\n[functions.a]\nfunction = \"c.so:f\"\n",
             "[functions.a]\nfunction = \"c.so:f\"\nenabled = false\n[functions.b]\nfunction = \"c.so:f\"\n",
             "[functions.a]\nfunction = \"c.so:f\"\non_start = \"always\"\n",
             "[functions]\na = \"c.so:f\"\n[dumbwaiter]\n",
             "[functions]\na = \"c.so:f\"\n[dumbwaiter]\nworkers = 1024\n",
             "[functions]\na = \"c.so:f\"\n[dumbwaiter]\nplugin_path = []\n",
             "[functions]\na = \"c.so:f\"\n[dumbwaiter]\ndefault_saved = 1_000_000\n",
             "[functions]\na = \"c.so:f\"\n[dumbwaiter]\ndurability = \"volatile\"\n",
             "[functions]\na = \"c.so:f\"\n[limits]\n",
             "[functions]\na = \"c.so:f\"\n[library.\"c.so\"]\n",
             "[functions]\na = \"c.so:f\"\n[library.\"c.so\"]\nisolation = \"thread\"\n",
             "[functions]\na = \"c.so:f\"\n[autoload]\nenabled = false\n",
             "[functions]\na = \"c.so:f\"\n[autoload]\n[fleet]\n",
             "[autoload]\nenabled = true\n",
             "[functions]\na = \"f\u00fcr/c.so:f\"\n",
         }) {
        parsed(text);
    }
}

TEST_CASE("functions that say the same share their terms, in the short form and as tables")
{
    const Manifest manifest = parsed(
        "[functions]\na = \"c.so:f\"\nb = \"c.so:f\"\nc = \"c.so:g\"\n"
        "d = { function = \"c.so:f\", args = [1] }\ne = { function = \"c.so:f\", args = [1] }\n"
        "f = { function = \"c.so:f\", args = [2] }\ng = { function = \"c.so:f\" }\n"
        "h = { function = \"c.so:f\", cron = \"@daily\", timezone = \"Asia/Tokyo\" }\n"
        "i = { function = \"c.so:f\", cron = \"@daily\", timezone = \"Asia/Tokyo\" }\n"
        "j = { function = \"c.so:f\", cron = \"@daily\" }\n");
    const auto share = [&](size_t one, size_t other) {
        return manifest.functions[one].terms == manifest.functions[other].terms;
    };
    CHECK(share(0, 1));
    CHECK(share(0, 6));
    CHECK_FALSE(share(0, 2));
    CHECK(share(3, 4));
    CHECK_FALSE(share(3, 5));
    CHECK_FALSE(share(3, 0));
    CHECK(share(7, 8));
    CHECK_FALSE(share(7, 9));
    CHECK(manifest.functions[1].at.line == 3);
    CHECK(manifest.functions[1].at_args().line == 3);
    CHECK(manifest.functions[4].at_args().line == 6);
}

TEST_CASE("a function whose terms are changed leaves those that it shared as they were")
{
    Manifest manifest = parsed("[functions]\na = \"c.so:f\"\nb = \"c.so:f\"\n");
    manifest.functions[0].edit().max_saved = 3;
    CHECK(manifest.functions[0]->max_saved == 3);
    CHECK(manifest.functions[1]->max_saved == 10);
}

TEST_CASE("a fault of a short form is told of each function that has it")
{
    const ManifestReading reading = parse_manifest("[functions]\na = \"c.so\"\nb = \"c.so\"\n", "m.toml", "/m");
    REQUIRE(reading.problems.size() == 2);
    CHECK(reading.problems[0].at.line == 2);
    CHECK(reading.problems[1].at.line == 3);
}

TEST_CASE("the group of a library holds for every short form of it, and stands where the library's entry has it")
{
    const Manifest manifest =
        parsed("[functions]\na = \"c.so:f\"\nb = \"c.so:f\"\n[library.\"c.so\"]\ngroup = \"both\"\n");
    for (const FunctionSpec& spec : manifest.functions) {
        CHECK(spec->group == "both");
        CHECK(spec.at_group().line == 5);
    }
}
