// SPDX-License-Identifier: BSD-3-Clause
//
// Serializer plugins from the manifest to every reader: round trips, changes over a restart, what is missing or
// damaged.
#include <doctest/doctest.h>
#include <dumbwaiter/reader.h>
#include <fmt/format.h>
#include <dumbwaiter/reader.hpp>

#include <csignal>
#include <filesystem>

#include "world.hpp"

using namespace dumbwaiter::test;
namespace fs = std::filesystem;

namespace {

// A world whose compressing library lies in a folder of its own, so that it can be allowed or taken away.
struct Compressed : World {
    Compressed()
    {
        fs::create_directory(libraries());
        fs::copy_file(shipped_plugin("libcompress.so"), library());
    }
    fs::path libraries() const { return root() / "libraries"; }
    fs::path library() const { return libraries() / "libcompress.so"; }
    void write_functions(const std::string& functions, const std::string& options = "{}")
    {
        write(functions, "serializer = \"./libraries/libcompress.so:zstd\"\nserializer_options = " + options);
    }
    // From the store alone, without a manifest.
    Done get(const std::string& name, std::vector<std::string> more = {})
    {
        std::vector<std::string> all = {"get", name, "--store", store().string()};
        all.insert(all.end(), more.begin(), more.end());
        return run(all);
    }
    Done get_allowed(const std::string& name) { return get(name, {"--json", "--plugins", libraries().string()}); }
};

struct CReader {
    explicit CReader(const fs::path& store) { REQUIRE(dw_reader_open(store.c_str(), &reader) == DW_OK); }
    ~CReader()
    {
        dw_reading_clear(&reading);
        dw_reader_close(reader);
    }
    int32_t json(const char* name, std::string& out)
    {
        REQUIRE(dw_get_value(reader, name, &reading) == DW_OK);
        char* text = nullptr;
        const int32_t code = dw_reading_json(reader, &reading, &text, nullptr);
        out = code == DW_OK ? text : dw_reader_error();
        dw_free(text);
        return code;
    }
    dw_reader* reader = nullptr;
    dw_reading reading{sizeof(dw_reading), 0, 0, 0, 0, 0, 0, 0, 0, nullptr, 0, {}};
};

constexpr const char* kEveryType = R"([functions.all]
function = "echo.so:echo"
args = [true, -9223372036854775808, 1.0, 1e300, "é\u0000", "", [], {}, [[1], { a = { b = [false] } }]]
[functions.time]
function = "echo.so:echo"
serializer = "./libraries/libcompress.so:zstd"
serializer_options = { around = "msgpack", level = 19 }
args = [2026-11-23T06:00:00.000000001Z]
[functions.bytes]
function = "nan.so:bytes"
serializer = "./libraries/libcompress.so:zstd"
serializer_options = { around = "cbor" }
)";
constexpr const char* kEveryValue =
    R"([true,-9223372036854775808,1.0,1e+300,"é\u0000","",[],{},[[1],{"a":{"b":[false]}}]])";

}  // namespace

TEST_CASE("every type goes through the compressing serializer and comes back, by the commands and by the library")
{
    Compressed world;
    world.write_functions(kEveryType);
    REQUIRE(world.once().code == 0);

    const Json all = world.get_allowed("all").json();
    CHECK(all["value"] == Json::parse(kEveryValue));
    CHECK(all["serializer"] == "libcompress.so:zstd");
    CHECK(world.get_allowed("time").json()["value"][0] == "2026-11-23T06:00:00.000000001Z");
    CHECK(world.get_allowed("bytes").json()["value"]["base64"] == "AP8=");
    CHECK(world.run({"get", "all", "--json"}).json()["value"] == all["value"]);  // by the manifest's own folders
    CHECK(world.run({"history", "all", "--json"}).json_lines().at(0)["value"] == all["value"]);
    CHECK(world.get("all", {"--raw"}).out.starts_with("\x28\xb5\x2f\xfd"));

    CReader reader(world.store());
    std::string text;
    CHECK(reader.json("all", text) == DW_UNSUPPORTED);
    CHECK(has(text, "\"zstd\" of libcompress.so"));
    CHECK(has(text, "allow the folder"));
    CHECK(dw_reader_allow_plugins(reader.reader, (world.root() / "none").c_str()) == DW_NOT_FOUND);
    REQUIRE(dw_reader_allow_plugins(reader.reader, world.libraries().c_str()) == DW_OK);
    REQUIRE(reader.json("all", text) == DW_OK);
    CHECK(Json::parse(text) == all["value"]);

    // Cut, and with a byte of the frame's header changed.
    dw_reading damaged = reader.reading;
    char* json = nullptr;
    damaged.length -= 2;
    CHECK(dw_reading_json(reader.reader, &damaged, &json, nullptr) == DW_DAMAGED);
    CHECK(has(dw_reader_error(), "decompressing failed"));
    std::string bytes(static_cast<const char*>(reader.reading.data), reader.reading.length);
    bytes[0] ^= 1;
    damaged.data = bytes.data();
    damaged.length = bytes.size();
    CHECK(dw_reading_json(reader.reader, &damaged, &json, nullptr) == DW_DAMAGED);
    CHECK(has(dw_reader_error(), "no zstd frame"));
    CHECK(dw_reading_json(nullptr, &reader.reading, &json, nullptr) == DW_UNSUPPORTED);

    dumbwaiter::Reader cpp(world.store());
    CHECK_THROWS_AS(cpp.get_value("time"), dumbwaiter::ReadError);
    cpp.allow_plugins(world.libraries());
    CHECK(cpp.get("all")->json() == text);
    CHECK(cpp.history("all").at(0).value().size() == 9);
    CHECK_THROWS_AS(cpp.allow_plugins("/nowhere"), dumbwaiter::ReadError);
}

TEST_CASE("functions of the host and of several children share one serializer")
{
    Compressed world;
    world.write_functions(
        "[functions.child]\nfunction = \"echo.so:echo\"\nargs = [1]\n[functions.other]\nfunction = "
        "\"nan.so:infinity\"\n"
        "serializer = \"msgpack\"\n[functions.host]\nfunction = \"echo.so:echo\"\nargs = [2]\nisolation = "
        "\"thread\"\n");
    REQUIRE(world.once().code == 0);
    CHECK(world.get_allowed("child").json()["value"] == Json::parse("[1]"));
    CHECK(world.get_allowed("host").json()["value"] == Json::parse("[2]"));
}

TEST_CASE("a reader loads a serializer from the installed folder or one that was allowed, and from nowhere else")
{
    Compressed world;
    world.write_functions(kEveryType);
    REQUIRE(world.once().code == 0);
    const std::string folder = world.libraries().string();
    for (const std::string variable : {"DUMBWAITER_PLUGIN_PATH", "LD_LIBRARY_PATH"}) {
        const Done refused = world.run({"get", "all", "--store", world.store().string()}, {variable + "=" + folder});
        CHECK(refused.code == 3);
        CHECK(has(refused.err, "libcompress.so"));
        CHECK(has(refused.err, "--plugins"));
        CHECK(has(refused.err, "--raw"));
    }
    CHECK(world.get("all", {"--plugins", "/nowhere"}).code == 2);
    CHECK(has(world.get("all", {"--meta"}).out, "serializer  libcompress.so:zstd"));

    fs::remove(world.library());
    const Done missing = world.run({"get", "all"});
    CHECK(missing.code == 3);
    const Done history = world.run({"history", "all"});
    CHECK(history.code == 3);
    CHECK(history.out == "");
    CHECK(has(history.err, "plugin_path of the manifest"));
    CHECK_FALSE(has(history.err, "dw_reader"));
    CHECK(has(missing.err, "libcompress.so"));
    CHECK(world.get("all", {"--raw"}).code == 0);
    fs::copy_file(test_plugin("tick.so"), world.library());
    CHECK(has(world.get("all", {"--plugins", folder}).err, "there is no serializer \"zstd\""));
    world.write_file("libraries/libcompress.so", "no library");
    CHECK(has(world.get("all", {"--plugins", folder}).err, "cannot be loaded"));
}

TEST_CASE("a changed serializer, or changed options, leave the old history readable; numbers are never used again")
{
    Compressed world;
    const std::string tick = "[functions]\nn = \"echo.so:echo\"\n";
    const auto start = [&](const std::string& settings) {
        world.write(tick, settings);
        const Done done = world.once();
        REQUIRE_MESSAGE(done.code == 0, done.err);
    };
    const std::string zstd = "serializer = \"./libraries/libcompress.so:zstd\"\n";
    start("");
    start(zstd);
    start(zstd + "serializer_options = { level = 9, around = \"cbor\" }");
    start("serializer = \"serializers.so:hex\"");
    start(zstd + "serializer_options = { around = \"cbor\", level = 9 }");
    start("serializer = \"msgpack\"");
    const auto history = world.run({"history", "n", "--json", "--plugins", world.libraries().string()}).json_lines();
    REQUIRE(history.size() == 6);
    std::string serializers;
    for (const Json& value : history) {
        serializers += value["serializer"].get<std::string>() + " ";
        CHECK(value["value"] == Json::array());
    }
    CHECK(serializers ==
          "msgpack libcompress.so:zstd serializers.so:hex libcompress.so:zstd libcompress.so:zstd json ");

    CReader reader(world.store());
    std::vector<uint32_t> numbers;
    dw_get_history(
        reader.reader, "n", 0,
        [](void* context, const char*, const dw_reading* reading) {
            static_cast<std::vector<uint32_t>*>(context)->push_back(reading->serializer);
            return 0;
        },
        &numbers);
    CHECK(numbers == std::vector<uint32_t>{2, 129, 130, 129, 128, 1});
    char* text = nullptr;
    REQUIRE(dw_get_document(reader.reader, "#serializers", "129", &text, nullptr) == DW_OK);
    CHECK(Json::parse(text) == Json::parse(R"({"number":129,"library":"libcompress.so","symbol":"zstd",
        "media_type":"application/zstd","options":{"around":"cbor","level":9}})"));
    dw_free(text);
    CHECK(world.run({"verify"}).code == 0);
}

TEST_CASE("what goes wrong in a serializer is an error report of its function, and the last value stays")
{
    struct Row {
        const char *name, *serializer, *outcome, *text;
    };
    const std::vector<Row> rows = {
        {"refuses", "serializers.so:refuses", "malformed", "it has no wish to"},
        {"silent", "serializers.so:silent", "malformed", "no bytes were put"},
        {"value", "serializers.so:same_value", "malformed", "leaves bytes by dw_put_bytes"},
        {"code", "serializers.so:code", "malformed", "it returned 77"},
        {"throws", "serializer_throws.so:writing", "malformed", "thrown while it wrote"},
        {"floods", "serializers.so:floods", "too large", "larger than"},
    };
    World world;
    std::string functions;
    for (const Row& row : rows) functions += entry(row.name, "echo.so:echo");
    world.write(functions);
    REQUIRE(world.once().code == 0);
    functions.clear();
    for (const Row& row : rows) {
        functions += entry(row.name, "echo.so:echo", fmt::format("serializer = \"{}\"", row.serializer));
    }
    world.write(functions);
    CHECK(world.once().code == 1);
    for (const Row& row : rows) {
        CAPTURE(row.name);
        const auto reports = world.errors(row.name);
        REQUIRE(reports.size() == 1);
        CHECK(reports[0]["outcome"] == row.outcome);
        const auto text = reports[0]["text"].get<std::string>();
        CHECK_MESSAGE(has(text, row.text), text);
        CHECK(has(text, row.serializer));
        CHECK(world.reading(row.name)["sequence"] == 1);
    }
}

TEST_CASE("options that a serializer refuses are named in the report of the first use")
{
    struct Row {
        const char *options, *text;
    };
    for (const Row& row : {Row{"{ level = 40 }", "option level is 40"}, Row{"{ level = \"high\" }", "kwargs.level"},
                           Row{"{ around = \"yaml\" }", "yaml"}, Row{"{ levle = 3 }", "no option \"levle\""}}) {
        Compressed world;
        world.write_functions("[functions]\nn = \"echo.so:echo\"\n", row.options);
        CHECK(world.run({"check"}).code == 0);
        CHECK(world.once().code == 1);
        const auto text = world.errors("n").at(0)["text"].get<std::string>();
        CHECK_MESSAGE(has(text, row.text), text);
    }
}

TEST_CASE("a payload that its serializer does not take is damage, and its bytes can still be had")
{
    World world;
    world.write(
        "[functions.n]\nfunction = \"echo.so:echo\"\nserializer = \"serializers.so:one_way\"\n"
        "[functions.t]\nfunction = \"echo.so:echo\"\nserializer = \"serializer_throws.so:reading\"\n");
    REQUIRE(world.once().code == 0);
    const Done done = world.run({"get", "n"});
    CHECK(done.code == 5);
    CHECK(has(done.err, "it cannot read what it wrote"));
    CHECK(world.run({"get", "n", "--raw"}).out == "x");
    CHECK(has(world.run({"get", "t"}).err, "threw int"));
}

TEST_CASE("functions read values of other functions, and their own previous ones, through serializer plugins")
{
    Compressed world;
    world.write_functions(
        "[functions.seed]\nfunction = \"chain.so:seed\"\n"
        "[functions.twice]\nfunction = \"chain.so:doubles\"\nargs = [\"seed\"]\nfrequency = 0.1\n"
        "serializer = \"json\"\n[functions.next]\nfunction = \"chain.so:successor\"\nfrequency = 0.05\n"
        "serializer = \"serializers.so:hex\"\n");
    {
        const auto host = world.start();
        until([&] { return has(world.get("twice").out, "42"); }, "twice did not become 42");
        until([&] { return world.run({"get", "next"}).out > "4"; }, "next did not grow");
        CHECK(host->stop(SIGTERM) == 0);
    }
    // The serializer changed: the previous value is of the old one, which the manifest does not name any more.
    const auto last = world.run({"get", "next", "--json"}).json();
    CHECK(last["value"] == last["sequence"]);
    world.write("[functions]\nnext = \"chain.so:successor\"\n");
    REQUIRE(world.once().code == 0);
    CHECK(world.reading("next")["value"] == last["value"].get<int>() + 1);
}

TEST_CASE("manifests with a wrong serializer library or symbol are refused at the line of `serializer`")
{
    struct Row {
        const char *serializer, *text;
    };
    World world;
    for (const Row& row :
         {Row{"serializers.so:hxe", "did you mean \"hex\""}, Row{"serialisers.so:hex", "serializers.so"},
          Row{"serializers.so:function", "is a function, not a serializer"},
          Row{"serializers.so:newer", "needs plugin ABI 1.7"}, Row{"serializers.so:strict", "flags 0x100000"},
          Row{"serializers.so:liar", "4096"}, Row{"serializers.so:no_code", "serialize is NULL"},
          Row{"aborting_constructor.so:x", "aborting_constructor.so"}}) {
        CAPTURE(row.serializer);
        // By two functions, once in all: it is [dumbwaiter]'s.
        world.write("[functions]\na = \"tick.so:tick\"\nb = \"tick.so:tick\"\n",
                    fmt::format("serializer = \"{}\"", row.serializer));
        const Done done = world.run({"check"});
        CHECK(done.code == 2);
        CHECK_MESSAGE(has(done.err, row.text), done.err);
        CHECK(done.err.find("dumbwaiter.toml:4:1: ") == done.err.rfind("dumbwaiter.toml:4:1: "));
        CHECK(done.err.starts_with("dumbwaiter.toml:4:1: "));
    }
    const Done inspected = world.run({"inspect", test_plugin("serializers.so").string()});
    CHECK(has(inspected.out, "hex  serializer, text/plain: Hex text of JSON"));
    CHECK(has(inspected.out, "refused    it needs plugin ABI 1.7"));
}
