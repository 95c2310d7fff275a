// SPDX-License-Identifier: BSD-3-Clause
#include "log.hpp"

#include <doctest/doctest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "descriptor.hpp"
#include "whole_io.hpp"

using namespace dumbwaiter;

namespace {

// What is written to stderr meanwhile.
std::string logged(const std::function<void()>& work)
{
    const Descriptor file(::memfd_create("log", MFD_CLOEXEC)), before(::dup(STDERR_FILENO));
    ::dup2(file.number(), STDERR_FILENO);
    work();
    ::dup2(before.number(), STDERR_FILENO);
    std::string text;
    ::lseek(file.number(), 0, SEEK_SET);
    REQUIRE(read_all(file.number(), 1 << 20, text));
    return text;
}

std::string line(std::string_view sentence, const std::string& value)
{
    return logged([&] { log(LogLevel::kWarning, "test", sentence, {{"field", value}, {"number", 3}}); });
}

std::string without_time(const std::string& line)
{
    return line.substr(line.find(' ') + 1);
}

}  // namespace

TEST_CASE("a sentence of the text log is readable as it is, and a field is quoted where it must be")
{
    const struct {
        std::string sentence, value, line;
    } rows[] = {
        {"is there", "plain", "warning test: is there field=plain number=3\n"},
        {"[library.\"libz.so\"] is no C:\\path", "a \"b\"\\",
         "warning test: [library.\"libz.so\"] is no C:\\path field=\"a \\\"b\\\"\\\\\" number=3\n"},
        {"a\n2026-01-01T00:00:00Z error host: forged", "b\nforged",
         "warning test: a\\n2026-01-01T00:00:00Z error host: forged field=\"b\\nforged\" number=3\n"},
        {"\x1b[31m\xff\u0085", "\x1b[31m", "warning test: \\u001b[31m\ufffd\\u0085 field=\"\\u001b[31m\" number=3\n"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.sentence);
        CHECK(without_time(line(row.sentence, row.value)) == row.line);
    }
}

TEST_CASE("in the JSON log the same sentence is a JSON string")
{
    configure_log(LogLevel::kInfo, LogFormat::kJson);
    const std::string text = line("a \"b\"\n", "c");
    configure_log(LogLevel::kInfo, LogFormat::kText);
    CHECK(text.find(R"("message":"a \"b\"\n","field":"c","number":3})") != std::string::npos);
}
