// SPDX-License-Identifier: BSD-3-Clause
#include "captured_output.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "utf8.hpp"

using namespace dumbwaiter;

namespace {

constexpr int64_t kSecond = 1'000'000'000;

struct Taken {
    std::vector<std::string> lines;
    std::vector<uint64_t> dropped;
    CapturedOutput output;

    explicit Taken(const CapturedOutput::Bounds& bounds = {})
        : output([this](std::string_view line) { lines.emplace_back(line); },
                 [this](uint64_t bytes) { dropped.push_back(bytes); }, bounds)
    {}
    Taken(const Taken&) = delete;
    size_t bytes() const
    {
        size_t sum = 0;
        for (const std::string& line : lines) sum += line.size() + 1;
        return sum;
    }
};

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("bytes become lines, however they are cut")
{
    const std::string text = "one\ntwo\r\n\n\xc3\xa9t\xc3\xa9\n\xff!\n  last";
    const Lines lines = {"one", "two", "\xc3\xa9t\xc3\xa9", "\xef\xbf\xbd!", "  last"};
    for (size_t step = 1; step <= text.size(); ++step) {
        CAPTURE(step);
        Taken taken;
        for (size_t at = 0; at < text.size(); at += step) taken.output.feed(text.substr(at, step), 0);
        taken.output.finish();
        CHECK(taken.lines == lines);
        CHECK(taken.dropped.empty());
    }
}

TEST_CASE("a line that does not end is handed out after a second, and not before")
{
    Taken taken;
    taken.output.feed("password: ", 5 * kSecond);
    taken.output.tend(6 * kSecond - 1);
    CHECK(taken.lines.empty());
    taken.output.tend(6 * kSecond);
    CHECK(taken.lines == Lines{"password: "});
    taken.output.feed("x\n", 6 * kSecond);
    CHECK(taken.lines == Lines{"password: ", "x"});
}

TEST_CASE("a line that begins behind another has its second from its own beginning")
{
    Taken taken;
    taken.output.feed("one", 0);
    taken.output.feed(" line\nand", kSecond - 1);
    taken.output.tend(kSecond);
    CHECK(taken.lines == Lines{"one line"});
    taken.output.tend(2 * kSecond - 1);
    CHECK(taken.lines == Lines{"one line", "and"});
}

TEST_CASE("a long line comes in pieces that cut no character and lose nothing")
{
    std::string text;
    for (int i = 0; i < 5000; ++i) text += i % 3 == 0 ? "\xe2\x82\xac" : "a";
    for (const size_t step : {size_t{1}, size_t{7}, size_t{4096}, text.size()}) {
        CAPTURE(step);
        Taken taken;
        for (size_t at = 0; at < text.size(); at += step) taken.output.feed(text.substr(at, step), 0);
        taken.output.feed("\nnext\n", 0);
        std::string joined;
        for (const std::string& line : taken.lines) {
            CHECK(line.size() <= 1024);
            CHECK(is_utf8(line));
            joined += line;
        }
        CHECK(joined == text + "next");
        CHECK(taken.lines.back() == "next");
    }
}

TEST_CASE("of a gibibyte in one minute 64 KiB are kept, and the rest is counted")
{
    const std::string block = [] {
        std::string lines;
        while (lines.size() < 64 * 1024) lines += "the quick brown fox jumps over the lazy dog\n";
        return lines;
    }();
    const uint64_t blocks = (uint64_t{1} << 30) / block.size();
    Taken taken;
    for (uint64_t i = 0; i < blocks; ++i) taken.output.feed(block, static_cast<int64_t>(i) * 1000);
    CHECK(taken.dropped.empty());
    taken.output.finish();
    CHECK(taken.bytes() <= 64 * 1024);
    CHECK(taken.bytes() > 63 * 1024);
    REQUIRE(taken.dropped.size() == 1);
    CHECK(taken.bytes() + taken.dropped[0] == blocks * block.size());
}

TEST_CASE("a line without end is held to the same bounds")
{
    Taken taken;
    const std::string block(1 << 20, 'x');
    for (int i = 0; i < 64; ++i) taken.output.feed(block, i);
    taken.output.finish();
    CHECK(taken.bytes() <= 64 * 1024);
    CHECK(taken.bytes() > 60 * 1024);
    CHECK(taken.dropped.size() == 1);
}

TEST_CASE("after a flood the next minute begins with a whole line")
{
    Taken taken({.kept = 20});
    taken.output.feed("first\nsecond\nthird and long\nfou", 0);
    CHECK(taken.lines == Lines{"first", "second"});
    taken.output.tend(59 * kSecond);
    CHECK(taken.dropped.empty());
    taken.output.feed("rth\nfifth\n", 60 * kSecond);
    CHECK(taken.dropped == std::vector<uint64_t>{18});
    CHECK(taken.lines == Lines{"first", "second", "fifth"});
    taken.output.finish();
    CHECK(taken.dropped == std::vector<uint64_t>{18, 4});
}

TEST_CASE("after a flood within one line nothing of it stands before the next")
{
    Taken taken({.kept = 8, .line = 8});
    taken.output.feed("12345678901234567890", 0);
    CHECK(taken.lines == Lines{"1234567"});
    taken.output.feed("12345\nwhole\n", 60 * kSecond);
    CHECK(taken.lines == Lines{"1234567", "whole"});
    CHECK(taken.dropped == std::vector<uint64_t>{13});
    taken.output.finish();
    CHECK(taken.dropped == std::vector<uint64_t>{13, 6});
}

TEST_CASE("what was dropped is told when the minute is over, also if nothing more comes")
{
    Taken taken({.kept = 4});
    taken.output.feed("too much\n", 0);
    taken.output.tend(60 * kSecond);
    CHECK(taken.lines.empty());
    CHECK(taken.dropped == std::vector<uint64_t>{9});
    taken.output.tend(120 * kSecond);
    taken.output.finish();
    CHECK(taken.dropped.size() == 1);
}
