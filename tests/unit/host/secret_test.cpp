// SPDX-License-Identifier: BSD-3-Clause
//
// Secrets: read where the manifest says, seen by the function, kept out of everything else.
#include "secret.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <stdexcept>

#include "clock.hpp"
#include "invocation.hpp"
#include "parsed_manifest.hpp"
#include "scratch_folder.hpp"
#include "secret_output.hpp"

using namespace dumbwaiter;

namespace {

struct KeptLog : CallServices {
    std::string lines;
    Expected<Document> read(std::string_view) override { return failure(Code::kNotFound, "none"); }
    void log(std::string_view, uint32_t, std::string_view text) override { lines.append(text).append("\n"); }
};

using Run = int32_t (*)(dw_call*);

Returned run(const FunctionSpec& spec, Run code, CallServices& services)
{
    Function function;
    function.info = {.struct_size = sizeof(dw_function_info), .run = code};
    Invocation invocation(services);
    Instance instance;
    Returned out;
    invocation.run(spec, function, instance, {.due = boot_ns()}, out);
    return out;
}

Returned run(const FunctionSpec& spec, Run code)
{
    KeptLog log;
    return run(spec, code, log);
}

FunctionSpec spec_with(const std::string& arguments)
{
    return parsed("[functions.a]\nfunction = \"c.so:f\"\n" + arguments).functions.at(0);
}

int32_t give_back(dw_call* call)
{
    return dw_put_value(call, dw_args(call));
}

const char* text_of_first(dw_call* call)
{
    const char* text = nullptr;
    uint64_t length = 0;
    dw_arg_str(call, 0, &text, &length);
    return text;
}

}  // namespace

TEST_CASE("the function gets the secret, the manifest keeps where it is")
{
    setenv("DW_SECRET", "s3cret-of-env", 1);
    const ScratchFolder folder;
    const auto file = folder.write("key", "s3cret-of-file\n");
    const FunctionSpec spec = spec_with(
        "args = [1, { \"$secret\" = \"env:DW_SECRET\" }, \"x\", [{ \"$secret\" = \"file:" + file.string() + "\" }]]");
    CHECK(run(spec, give_back).bytes == R"([1,"s3cret-of-env","x",["s3cret-of-file"]])");
    CHECK(spec->args.text.find("s3cret") == std::string::npos);
    setenv("DW_SECRET", "another", 1);
    CHECK(run(spec, give_back).bytes == R"([1,"another","x",["s3cret-of-file"]])");
}

TEST_CASE("a secret that cannot be had is a report that names its place")
{
    unsetenv("DW_NO_SECRET");
    const ScratchFolder folder;
    const auto pipe = folder.path / "pipe";
    REQUIRE(mkfifo(pipe.c_str(), 0600) == 0);
    const std::pair<std::string, const char*> rows[] = {
        {"env:DW_NO_SECRET",
         "args[0]: its secret \"env:DW_NO_SECRET\" cannot be had: the host's environment has no such"},
        {"file:/no/such/file", "args[0]: its secret \"file:/no/such/file\" cannot be had: No such file or directory"},
        {"file:" + pipe.string(), "it is no regular file"},
        {"file:" + folder.path.string(), "it is no regular file"},
        {"file:" + folder.write("empty", "\n").string(), "it is empty"},
        {"file:" + folder.write("binary", "s3cret\xff").string(), "it is no UTF-8 text"},
        {"file:" + folder.write("large", std::string(70'000, 's')).string(), "longer than 64 KiB"},
    };
    for (const auto& [source, words] : rows) {
        const Returned out = run(spec_with("args = [{ \"$secret\" = \"" + source + "\" }]"), give_back);
        CHECK(out.outcome == Outcome::kFailed);
        CAPTURE(out.bytes);
        CHECK(out.bytes.find(words) != std::string::npos);
        CHECK(out.bytes.find("s3cret") == std::string::npos);
    }
}

TEST_CASE("reports and log lines of the function have stars where the secret stood")
{
    setenv("DW_SECRET", "s3cret\"quoted\" and much longer than what a message shows of a value", 1);
    const FunctionSpec spec = spec_with("args = [{ \"$secret\" = \"env:DW_SECRET\" }]");
    const Run speakers[] = {
        [](dw_call* call) { return dw_fail(call, (std::string("login with ") + text_of_first(call)).c_str()); },
        [](dw_call* call) -> int32_t { throw std::runtime_error(text_of_first(call)); },
        [](dw_call* call) -> int32_t {
            int64_t number = 0;
            return dw_arg_i64(call, 0, &number);  // "args[0] is a str (...)": the host's own words
        },
        [](dw_call* call) -> int32_t {
            dw_fail(call, text_of_first(call));
            return DW_CANCELLED;
        },
        [](dw_call* call) -> int32_t {
            dw_log(call, DW_LOG_INFO, (std::string("I know ") + text_of_first(call)).c_str());
            return DW_OK;
        },
    };
    for (const Run speaker : speakers) {
        KeptLog log;
        const std::string said = run(spec, speaker, log).bytes + log.lines;
        CAPTURE(said);
        CHECK(said.find("***") != std::string::npos);
        CHECK(said.find("s3cret") == std::string::npos);
        CHECK(said.find("longer") == std::string::npos);
    }
}

TEST_CASE("what a library prints has stars too")
{
    setenv("DW_PRINTED", "first-line-of-it\nsecond-line-of-it\nx", 1);
    keep_out_of_output(
        parsed("[functions.a]\nfunction = \"c.so:f\"\nkwargs = { k = { \"$secret\" = \"env:DW_PRINTED\" } }"));
    CHECK(discreet_output("key: second-line-of-it x") == "key: *** x");
    CHECK(discreet_output("nothing of it") == "nothing of it");
}

TEST_CASE("secrets that are part of each other, and texts that are cut")
{
    CHECK(without_secrets("abcdefghijkl abcdefgh abcd", {"abcdefgh", "abcdefghijkl"}) == "*** *** abcd");
    CHECK(without_secrets("it is abcdefghij", {"abcdefghijklmnop"}) == "it is ***");
    CHECK(without_secrets("ab cab", {"ab"}) == "*** c***");
    CHECK(without_secrets("12345678\xc3\xa9!", {"12345678\xc3\xa8"}) == "***\xc3\xa9!");
}
