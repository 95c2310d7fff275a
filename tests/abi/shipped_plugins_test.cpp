// SPDX-License-Identifier: BSD-3-Clause
//
// libtime.so, libproc.so and libfile.so.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "invocation.hpp"
#include "temp_file.hpp"

using namespace dumbwaiter;
using nlohmann::json;

TEST_CASE("libtime tells the time")
{
    const auto before = time(nullptr);
    const int64_t now = value_of(run(shipped("libtime"), "now"));
    CHECK(now >= before);
    CHECK(now <= before + 60);
    CHECK(value_of(run(shipped("libtime"), "monotonic")).get<double>() > 0);
    const std::string text = value_of(run(shipped("libtime"), "iso8601"));
    REQUIRE(text.size() == std::string_view("2026-01-31T12:34:56Z").size());
    CHECK(text[10] == 'T');
    CHECK(text.back() == 'Z');
}

TEST_CASE("libproc reads the machine")
{
    const json load = value_of(run(shipped("libproc"), "loadavg"));
    CHECK(load["one"].is_number_float());
    CHECK(load["fifteen"].get<double>() >= 0);

    const json memory = value_of(run(shipped("libproc"), "meminfo"));
    CHECK(memory["total"] == memory["used"].get<int64_t>() + memory["available"].get<int64_t>());
    CHECK(memory["percent"].get<double>() >= 0);
    CHECK(memory["percent"].get<double>() <= 100);

    // What is free changes under the test's feet; that "/" is meant where nothing is said shows in the size.
    const json root = value_of(run(shipped("libproc"), "disk"));
    CHECK(root["total"] == value_of(run(shipped("libproc"), "disk", R"(["/"])"))["total"]);
    CHECK(root["total"].get<int64_t>() >= root["free"].get<int64_t>());

    CHECK(value_of(run(shipped("libproc"), "uptime")).get<double>() > 0);
}

TEST_CASE("what went over the network is counted by interface")
{
    const json all = value_of(run(shipped("libproc"), "net"));
    REQUIRE(all.contains("lo"));
    CHECK(all["lo"]["received"]["bytes"].is_number_unsigned());
    const json lo = value_of(run(shipped("libproc"), "net", R"(["lo"])"));
    CHECK(lo["sent"]["packets"].get<int64_t>() >= all["lo"]["sent"]["packets"].get<int64_t>());
    const Left left = run(shipped("libproc"), "net", R"(["no0"])");
    CHECK(left.text.find("args[0] = \"no0\": there is no such interface; there are ") == 0);
    CHECK(left.text.find("lo") != std::string::npos);
}

TEST_CASE("pressure is read, or the kernel that has none is named")
{
    const Left left = run(shipped("libproc"), "pressure");
    if (access("/proc/pressure/cpu", R_OK) == 0) {
        CHECK(value_of(left)["memory"]["some"]["avg10"].is_number_float());
        CHECK(value_of(run(shipped("libproc"), "pressure", R"(["io"])"))["full"]["total"].get<double>() >= 0);
    } else {
        CHECK(left.text.find("this kernel does not count pressure") != std::string::npos);
    }
    CHECK(run(shipped("libproc"), "pressure", R"(["disk"])").text == "args[0] = \"disk\" is none of cpu, memory, io");
}

TEST_CASE("a process is found by its number and by its name")
{
    const json self = value_of(run(shipped("libproc"), "process", json::array({getpid()}).dump()));
    CHECK(self["count"] == 1);
    CHECK(self["pids"] == json::array({getpid()}));
    CHECK(self["memory"].get<int64_t>() > 100'000);
    CHECK(self["threads"].get<int64_t>() >= 1);
    CHECK(self["started"].get<std::string>().substr(0, 2) == "20");
    std::string name;
    std::getline(std::ifstream("/proc/self/comm"), name);
    const json named = value_of(run(shipped("libproc"), "process", json::array({name}).dump()));
    CHECK(std::ranges::find(named["pids"], json(getpid())) != named["pids"].end());
    const json none = value_of(run(shipped("libproc"), "process", R"(["no-such-program"])"));
    CHECK(none["count"] == 0);
    CHECK(none["started"].is_null());
    CHECK(run(shipped("libproc"), "process", "[4194999]").text == "args[0] = 4194999: there is no such process");
    CHECK(run(shipped("libproc"), "process", "[]").text.find("args[0] is missing") == 0);
}

TEST_CASE("a disk that is not there is named")
{
    const Left left = run(shipped("libproc"), "disk", R"(["/no/such/place"])");
    CHECK(left.code == DW_ERROR);
    CHECK(left.text == "args[0] = \"/no/such/place\": No such file or directory");
}

TEST_CASE("the processor's share is that since the previous value")
{
    Entry cpu(shipped("libproc"), "cpu");
    const json first = value_of(cpu.run());
    CHECK(first.get<double>() >= 0);
    CHECK(first.get<double>() <= 100);
    const Left second = cpu.run();
    const bool is_share = second.code == DW_OK && json::parse(second.value).get<double>() <= 100;
    CHECK((second.code == DW_UNCHANGED || is_share));
}

TEST_CASE("words are counted over the edges of pieces")
{
    const std::pair<std::string, int> rows[] = {
        {"", 0}, {"one", 1}, {" one\ttwo\r\nthree\v ", 3}, {"Grüße, Łódź", 2}, {std::string(70000, 'x') + " y", 2}};
    for (const auto& [text, count] : rows) {
        const TempFile file(text);
        CHECK(value_of(run(shipped("libfile"), "words", file.args())) == count);
    }
}

TEST_CASE("text is read as it is")
{
    const TempFile file("one two\nGrüße\n");
    CHECK(value_of(run(shipped("libfile"), "read", file.args())) == "one two\nGrüße\n");
}

TEST_CASE("text that is not UTF-8 is refused with advice, or read as bytes")
{
    for (const char* bad : {"caf\xe9", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x98", "\xff"}) {
        const TempFile file(bad);
        const Left left = run(shipped("libfile"), "read", file.args());
        CHECK(left.code == DW_ERROR);
        CHECK(left.text.find("kwargs = { bytes = true }") != std::string::npos);
    }
    const TempFile file("caf\xe9");
    CHECK(value_of(run(shipped("libfile"), "read", file.args(), R"({"bytes": true})"))["base64"] == "Y2Fm6Q==");
}

TEST_CASE("a file that did not change is unchanged, until it does")
{
    for (const char* symbol : {"read", "words"}) {
        CAPTURE(symbol);
        TempFile file("one");
        Entry entry(shipped("libfile"), symbol, file.args());
        // Its change time is now, which is too young to be relied on; made older by waiting would need a sleep.
        CHECK(entry.run().code == DW_OK);
        CHECK(entry.run().code == DW_UNCHANGED);
        file.write("four");
        CHECK(entry.run().code == DW_OK);
        CHECK(entry.run().code == DW_UNCHANGED);
    }
}

TEST_CASE("a file that was written this very moment is read again")
{
    TempFile file("one");
    file.age(-1);
    Entry entry(shipped("libfile"), "read", file.args());
    CHECK(entry.run().code == DW_OK);
    CHECK(entry.run().code == DW_OK);
}

TEST_CASE("a failed read is not remembered")
{
    TempFile file("caf\xe9");
    Entry entry(shipped("libfile"), "read", file.args());
    CHECK(entry.run().code == DW_ERROR);
    CHECK(entry.run().code == DW_ERROR);
}

TEST_CASE("a pseudo file of the kernel is read each time")
{
    Entry entry(shipped("libfile"), "read", R"(["/proc/uptime"])");
    CHECK(entry.run().code == DW_OK);
    CHECK(entry.run().code == DW_OK);
}

TEST_CASE("what is no file is refused by name")
{
    const TempFile file("x");
    const std::string folder = json::array({file.path().parent_path().string()}).dump();
    const std::string pipe = file.path().string() + ".pipe";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    struct Row {
        std::string args, word;
    };
    const Row rows[] = {
        {"[]", "args[0] is missing"}, {"[1]", "args[0] is"},       {R"(["/no/such/file"])", "No such file"},
        {R"(["a\u0000b"])", "NUL"},   {folder, "no regular file"}, {json::array({pipe}).dump(), "no regular file"}};
    for (const Row& row : rows) {
        CAPTURE(row.args);
        const Left left = run(shipped("libfile"), "words", row.args);
        CHECK(left.code == DW_ERROR);
        CHECK(left.text.find(row.word) != std::string::npos);
    }
}

TEST_CASE("a file's state is its size, time and mode")
{
    const TempFile file("12345");
    REQUIRE(chmod(file.path().c_str(), 0640) == 0);
    const json state = value_of(run(shipped("libfile"), "stat", file.args()));
    CHECK(state["size"] == 5);
    CHECK(state["mode"] == "0640");
    CHECK(state["modified"].get<std::string>().back() == 'Z');
}
