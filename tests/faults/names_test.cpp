// SPDX-License-Identifier: BSD-3-Clause
//
// F41: hostile names and texts, in the manifest and out of functions.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>

#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

const std::vector<std::string>& pieces()
{
    static const std::vector<std::string> all = {
        "\x1b[2J",
        "\x1b]0;title\x07",
        "\r\n",
        "\n",
        "\t",
        "\x7f",
        "\x01",
        "\b\b\b",
        "../../etc/passwd",
        "/",
        "../",
        "%s%n",
        "<script>alert(1)</script>",
        "\"; drop table",
        "' or 1=1",
        "#history",
        "#info",
        "$(reboot)",
        "`reboot`",
        "\\",
        "\"",
        "\xe2\x80\xae",
        "\xef\xbb\xbf",
        "\xc2\x85",
        "\xf0\x9f\x92\xa3",
        "a b",
        "=",
        "a=b",
        "{}",
        "{0}",
        "\xc2\x9b"
        "31m",
        ";",
        "&&",
        "|",
    };
    return all;
}

// `count` texts, each of some of the pieces.
std::vector<std::string> hostile(int count)
{
    std::vector<std::string> all;
    for (int i = 0; i < count; ++i) {
        const auto at = static_cast<size_t>(i);
        const size_t size = pieces().size();
        std::string text = pieces()[at % size];
        if (at >= size) text = pieces()[at / size % size] + "x" + text;
        all.push_back(text);
    }
    return all;
}

// As TOML's basic strings want it; JSON's escapes are among TOML's.
std::string quoted(const std::string& text)
{
    std::string json = Json(text).dump();
    for (size_t at = 0; (at = json.find('\x7f', at)) != json.npos;) json.replace(at, 1, "\\u007f");
    return json;
}

bool has_no_c0(const std::string& text)
{
    return std::ranges::all_of(text,
                               [](char byte) { return static_cast<unsigned char>(byte) >= 0x20 || byte == '\n'; });
}

// No terminal obeys it: control characters but the line's end, and C1, which is two bytes in UTF-8.
bool is_tame(const std::string& text)
{
    for (size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if ((byte < 0x20 && byte != '\n') || byte == 0x7f) return false;
        if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return false;
    }
    return true;
}

}  // namespace

TEST_CASE("F41: hostile names are refused, and the words about them are tame")
{
    Row row("F41", "hostile names of functions");
    World world;
    for (const std::string& name : hostile(tries(40, 500))) {
        row.attempt([&] {
            world.write(fmt::format("[functions.{}]\nfunction = \"tick.so:tick\"\n", quoted(name)));
            const Done check = world.run({"check", "--manifest", world.manifest().string()});
            CHECK_MESSAGE(check.code == 2, quoted(name));
            CHECK_MESSAGE(is_tame(check.err), quoted(check.err));
        });
    }
    for (const std::string& name : hostile(tries(10, 60))) {
        row.attempt([&] {
            const Done get = world.run({"get", name, "--store", world.store().string()});
            CHECK(get.code != 0);
            CHECK_MESSAGE(is_tame(get.err), quoted(get.err));
        });
    }
}

TEST_CASE("F41: hostile texts come back whole as JSON, and tame as lines")
{
    Row row("F41", "hostile texts of values and reports");
    const auto texts = hostile(tries(60, 500));
    World world;
    std::string functions;
    for (size_t i = 0; i < texts.size(); ++i) {
        functions += entry(fmt::format("v{}", i), "echo.so:echo", fmt::format("args = [{}]", quoted(texts[i])));
        functions += entry(fmt::format("e{}", i), "echo.so:fails_with", fmt::format("args = [{}]", quoted(texts[i])));
        functions += entry(fmt::format("l{}", i), "echo.so:logs", fmt::format("args = [{}]", quoted(texts[i])));
    }
    world.write(functions, "durability = \"volatile\"");
    const Done once = world.once();
    CHECK(once.code == 1);
    CHECK(is_tame(once.err));
    for (size_t i = 0; i < texts.size(); ++i) {
        row.attempt([&] {
            const std::string value = fmt::format("v{}", i), report = fmt::format("e{}", i);
            CHECK(world.reading(value)["value"][0] == texts[i]);
            CHECK(world.errors(report).front()["text"] == texts[i]);
            CHECK(has_no_c0(world.run({"get", value}).out));  // JSON, where DEL and C1 are data
            CHECK_MESSAGE(is_tame(world.run({"errors", report}).out), quoted(texts[i]));
        });
    }
    row.attempt([&] {
        CHECK(is_tame(world.run({"list"}).out));
        CHECK(is_tame(world.run({"errors"}).out));
        CHECK(world.run({"list", "--json"}).json_lines().size() == 3 * texts.size());
    });
}
