// SPDX-License-Identifier: BSD-3-Clause
//
// libexec.so, with real commands.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "invocation.hpp"
#include "temp_file.hpp"

using namespace dumbwaiter;
using nlohmann::json;

namespace {

Left exec(const json& argv, const json& kwargs = json::object())
{
    return run(shipped("libexec"), "run", argv.dump(), kwargs.dump());
}

Left shell(const std::string& script, const json& kwargs = json::object())
{
    return exec({"sh", "-c", script}, kwargs);
}

bool is_alive(pid_t pid)
{
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    return std::getline(stat, text) && text.substr(text.rfind(')') + 2, 1) != "Z";
}

// Polled, as nothing tells when a process that is no child of ours is gone.
bool ends(pid_t pid)
{
    for (int i = 0; i < 500 && is_alive(pid); ++i) usleep(10'000);
    return !is_alive(pid);
}

pid_t pid_in(const std::filesystem::path& file)
{
    pid_t pid = 0;
    for (int i = 0; i < 1000 && pid == 0; ++i) {
        std::ifstream(file) >> pid;
        if (pid == 0) usleep(10'000);
    }
    return pid;
}

}  // namespace

TEST_CASE("stdout is the value, in the form that is asked for")
{
    CHECK(exec({"echo", "hello", "two  words", "$HOME;"}).value == R"("hello two  words $HOME;\n")");
    CHECK(exec({"true"}).value == R"("")");
    CHECK(exec({"printf", "a\\nb"}, {{"stdout", "text"}}).value == R"("a\nb")");
    CHECK(exec({"printf", "a\\n\\nb\\n"}, {{"stdout", "lines"}}).value == R"(["a","","b"])");
    CHECK(exec({"printf", "{\"a\": [1, 2.5]}"}, {{"stdout", "json"}}).value == R"({"a":[1,2.5]})");
    CHECK(exec({"printf", "\\377"}, {{"stdout", "bytes"}}).value == R"({"base64":"/w=="})");
}

TEST_CASE("stdin, environment and folder are given")
{
    CHECK(exec({"cat"}, {{"stdin", "in\nside"}}).value == R"("in\nside")");
    CHECK(exec({"cat"}).value == R"("")");
    setenv("DW_TEST_KEPT", "kept", 1);
    setenv("DW_TEST_CHANGED", "old", 1);
    CHECK(shell("echo $DW_TEST_KEPT $DW_TEST_CHANGED $DW_TEST_NEW",
                {{"env", {{"DW_TEST_CHANGED", "new"}, {"DW_TEST_NEW", "a=b"}}}})
              .value == R"("kept new a=b\n")");
    CHECK(exec({"pwd"}, {{"cwd", "/usr"}}).value == R"("/usr\n")");
}

TEST_CASE("a large stdin and a large stdout pass each other")
{
    const std::string text(600'000, 'x');
    CHECK(exec({"cat"}, {{"stdin", text}}).value == json(text).dump());
    CHECK(shell("exit 0", {{"stdin", text}}).value == R"("")");  // nobody reads it
}

TEST_CASE("an exit code that is not expected is named, with what stderr said")
{
    const Left seven = shell("echo good; echo not good >&2; exit 7");
    CHECK(seven.code == DW_ERROR);
    CHECK(seven.text == "sh exited with 7; stderr: not good");
    CHECK(shell("exit 1", {{"exit_codes", {0, 1}}}).value == R"("")");
    CHECK(shell("exit 1", {{"exit_codes", 1}}).value == R"("")");
    CHECK(exec({"true"}, {{"exit_codes", 1}}).text == "true exited with 0");
    CHECK(shell("kill -SEGV $$").text == "sh was killed by SIGSEGV");
    const Left long_one = shell("i=0; while [ $i -lt 3000 ]; do echo line $i >&2; i=$((i+1)); done; exit 2");
    CHECK(long_one.text.find("line 2999") != std::string::npos);
    CHECK(long_one.text.size() < 5000);
}

TEST_CASE("what cannot be run is said, with what to do")
{
    const TempFile file("echo no first line");
    struct Row {
        json argv, kwargs;
        const char* word;
    };
    const Row rows[] = {
        {json::array(), json::object(), "args is empty"},
        {{""}, json::object(), "args[0] is empty"},
        {{"no-such-program"}, json::object(), "\"no-such-program\" cannot be run: No such file or directory; is it"},
        {{file.path().string()}, json::object(), "Permission denied; is it executable?"},
        {{"/"}, json::object(), "Permission denied"},
        {{"true"}, {{"cwd", "/no/such/folder"}}, "kwargs.cwd = \"/no/such/folder\": No such file"},
        {{1}, json::object(), "args[0] is"},
        {{std::string("a\0b", 3)}, json::object(), "args[0] holds a NUL"},
        {{"true"}, {{"stdout", "xml"}}, "none of text, bytes, lines, json"},
        {{"true"}, {{"exit_codes", 256}}, "between 0 and 255"},
        {{"true"}, {{"exit_codes", json::array()}}, "kwargs.exit_codes is empty"},
        {{"true"}, {{"env", 1}}, "kwargs.env is"},
        {{"true"}, {{"env", {{"A=B", "c"}}}}, "is no name of a variable"},
        {{"true"}, {{"enw", 1}}, "kwargs.enw is unknown"},
        {{"printf", "\\351"}, json::object(), "stdout is not UTF-8 (byte 0xe9 at offset 0)"},
        {{"echo", "{"}, {{"stdout", "json"}}, "stdout is no JSON: parse error at line"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.argv.dump());
        CAPTURE(row.kwargs.dump());
        const Left left = exec(row.argv, row.kwargs);
        CAPTURE(left.text);
        CHECK(left.code != DW_OK);
        CHECK(left.text.find(row.word) != std::string::npos);
    }
}

TEST_CASE("too much output is refused")
{
    CHECK(shell("head -c 3000000 /dev/zero | tr '\\0' x").code == DW_LIMIT);  // the host's limit of a result
    CHECK(exec({"yes"}).text.find("more than 64 MiB to stdout") != std::string::npos);
}

TEST_CASE("a command has its three descriptors and nothing else of the process")
{
    const int open_to_all = open("/etc/hostname", O_RDONLY);  // without O_CLOEXEC, as a careless library would
    REQUIRE(open_to_all >= 0);
    CHECK(exec({"ls", "-m", "/proc/self/fd"}).value == R"("0, 1, 2, 3\n")");  // 3 is what ls reads the folder by
    close(open_to_all);
}

TEST_CASE("a command has no signal blocked or ignored that the process has")
{
    signal(SIGPIPE, SIG_IGN);
    CHECK(exec({"grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"}).value ==
          R"("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n")");
    signal(SIGPIPE, SIG_DFL);
}

TEST_CASE("a cancelled command is killed with all that it started")
{
    for (const char* start :
         {"sleep 100 & echo $! >\"$OUT\"; wait", "timeout 90 sleep 100 & echo $! >\"$OUT\"; wait",
          "setsid sh -c 'echo $$ >\"$OUT\"; sleep 100'", "trap '' TERM HUP; echo $$ >\"$OUT\"; sleep 100"}) {
        CAPTURE(start);
        const TempFile file("");
        const json kwargs = {{"env", {{"OUT", file.path().string()}}}};
        Entry entry(shipped("libexec"), "run", json({"sh", "-c", start}).dump(), kwargs.dump());
        pid_t started = 0;
        std::thread canceller([&] {
            started = pid_in(file.path());
            entry.cancellation().cancel();
        });
        const Left left = entry.run();
        canceller.join();
        CHECK(left.code == DW_CANCELLED);
        REQUIRE(started > 0);
        CHECK(ends(started));
    }
}

TEST_CASE("what a command leaves running neither holds it up nor stays")
{
    const TempFile file("");
    const auto before = std::chrono::steady_clock::now();
    const Left left = shell("sleep 100 & echo $! >\"$OUT\"; echo done", {{"env", {{"OUT", file.path().string()}}}});
    CHECK(left.value == R"("done\n")");
    CHECK(std::chrono::steady_clock::now() - before < std::chrono::seconds(30));
    CHECK(ends(pid_in(file.path())));
}

TEST_CASE("what a command says on stderr is in the log when it succeeds, and in the report when it is killed")
{
    Entry good(shipped("libexec"), "run", R"(["sh", "-c", "echo careful >&2; echo done"])");
    CHECK(good.run().value == R"("done\n")");
    CHECK(good.services().logged() == "sh said on stderr: careful\n");
    Entry quiet(shipped("libexec"), "run", R"(["true"])");
    CHECK(quiet.run().code == DW_OK);
    CHECK(quiet.services().logged() == "");
    const TempFile file("");
    const json kwargs = {{"env", {{"OUT", file.path().string()}}}};
    Entry late(shipped("libexec"), "run", R"(["sh", "-c", "echo no lock yet >&2; echo $$ >\"$OUT\"; sleep 100"])",
               kwargs.dump());
    std::thread canceller([&] {
        pid_in(file.path());
        late.cancellation().cancel();
    });
    const Left left = late.run();
    canceller.join();
    CHECK(left.code == DW_CANCELLED);
    CHECK(left.text == "sh was killed; stderr: no lock yet");
}
