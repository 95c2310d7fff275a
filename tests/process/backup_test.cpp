// SPDX-License-Identifier: BSD-3-Clause
//
// `dumbwaiter backup`: beside a running host, without one, killed on its way, and of what cannot be copied.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/stat.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "watcher.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

namespace fs = std::filesystem;

// What a backup to `copy` left under another name.
std::vector<fs::path> partial_copies(const World& world)
{
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(world.root())) {
        if (entry.path().filename().string().starts_with(".copy.partial-")) found.push_back(entry.path());
    }
    return found;
}

// 24 MiB of values, so that a copy takes long enough to be killed.
struct Large : World {
    Large()
    {
        write_file("mebibyte", std::string(1024 * 1024, 'x'));
        std::string functions = "[limits]\nresult_size = \"2MiB\"\n";
        for (int i = 0; i < 24; ++i) {
            functions += entry("f" + std::to_string(i), shipped_plugin("libfile.so").string() + ":read",
                               "args = [\"mebibyte\"]\n");
        }
        write(functions);
        REQUIRE(once().code == 0);
    }
};

mode_t mode_of(const fs::path& path)
{
    struct stat info {};
    REQUIRE(stat(path.c_str(), &info) == 0);
    return info.st_mode & 07777;
}

}  // namespace

TEST_CASE("a copy taken beside a running host is whole, names no host, and can be gone on with")
{
    World world;
    world.write(entry("tick", "tick.so:sequence", "frequency = 0.01\nmax_saved = 1000000\n"));
    const auto host = world.start();
    world.wait_for("tick", 20);
    const Done done = world.run({"backup", "copy"});
    CHECK(done.code == 0);
    CHECK(done.err == "");
    CHECK(has(done.out, "copy: complete, 1 name, "));
    const uint64_t before = world.sequence("tick");
    world.wait_for("tick", before + 20);

    const std::string copy = (world.root() / "copy").string();
    CHECK(world.run({"verify", "--store", copy}).code == 0);
    const auto rows = world.run({"history", "tick", "--json", "--store", copy}).json_lines();
    REQUIRE(rows.size() >= 20);
    for (size_t i = 0; i < rows.size(); ++i) {
        CHECK(rows[i]["sequence"] == rows.size() - i);
        CHECK(rows[i]["value"] == rows[i]["sequence"]);
    }
    CHECK(rows[0]["sequence"] <= before);
    CHECK(world.run({"status", "--store", copy}).code == 3);
    CHECK(world.run({"list", "--json", "--store", copy}).json_lines()[0]["next_due"].is_null());
    CHECK(world.run({"status"}).code == 0);
    CHECK(host->stop(SIGTERM) == 0);

    CHECK(mode_of(copy) == 0750);
    CHECK(mode_of(copy + "/data.mdb") == 0640);
    CHECK(mode_of(copy + "/lock.mdb") == 0660);
    CHECK(mode_of(copy + "/wake") == 0640);
    CHECK(world.start({"--once", "--store", copy})->wait() == 0);
    const auto on_copy = world.run({"get", "tick", "--json", "--store", copy}).json();
    CHECK(on_copy["sequence"] == rows.size() + 1);
}

TEST_CASE("a copy needs no host, and is never made over something")
{
    World world;
    world.write(entry("tick", "tick.so:tick") + entry("fails", "tick.so:fails"));
    CHECK(world.run({"backup", "copy"}).code == 3);
    CHECK(world.once().code == 1);
    CHECK(world.run({"backup", "copy/"}).code == 0);
    CHECK(world.run({"get", "tick", "--store", "copy"}).out == "1\n");
    CHECK(world.run({"errors", "fails", "--json", "--store", "copy"}).json_lines().size() == 1);

    const std::string before = read_file(world.root() / "copy/data.mdb");
    for (const char* taken : {"copy", "copy/", "store", "dumbwaiter.toml", ".", "/"}) {
        CAPTURE(taken);
        const Done refused = world.run({"backup", taken});
        CHECK(refused.code == 2);
        CHECK(refused.out == "");
        CHECK(has(refused.err, "new folder"));
    }
    CHECK(read_file(world.root() / "copy/data.mdb") == before);
    const Done nowhere = world.run({"backup", "none/copy"});
    CHECK(nowhere.code == 2);
    CHECK(has(nowhere.err, "its parent is not there"));
    const Done unfit = world.run({"backup", "/proc/copy"});
    CHECK(unfit.code == 2);
    CHECK(has(unfit.err, "/proc takes no new folders; give a path elsewhere"));
    CHECK(partial_copies(world).empty());
}

TEST_CASE("of a damaged store there is no copy: exit code 5, and nothing is left")
{
    World world;
    world.write(entry("echo", "echo.so:echo", "args = [\"a-text-to-be-found-again\"]\n"));
    REQUIRE(world.once().code == 0);
    const fs::path file = world.store() / "data.mdb";
    std::string bytes = read_file(file);
    for (size_t at = bytes.find("a-text-to-be"); at != std::string::npos; at = bytes.find("a-text-to-be", at + 1)) {
        bytes[at] = 'A';
    }
    world.write_file("store/data.mdb", bytes);
    const Done record = world.run({"backup", "copy"});
    CHECK(record.code == 5);
    CHECK(has(record.err, "verify"));
    fs::resize_file(file, 2 * 4096);
    CHECK(world.run({"backup", "copy"}).code == 5);
    CHECK_FALSE(fs::exists(world.root() / "copy"));
    CHECK(partial_copies(world).empty());
}

TEST_CASE("kill -9 of a backup leaves no copy of that name, or a whole one; the next clears away what was left")
{
    Large world;
    const fs::path copy = world.root() / "copy";
    const std::string name = copy.string();
    int half_way = 0;
    for (int kill = 0; kill < 20; ++kill) {
        {
            const auto before = partial_copies(world);
            const auto backup = world.start({"backup", "copy"});
            while (backup->is_running() && partial_copies(world) == before) std::this_thread::yield();
            std::this_thread::sleep_for(std::chrono::milliseconds(kill));
        }  // it is killed, unless it was faster
        if (!fs::exists(copy)) {
            ++half_way;
            continue;
        }
        CHECK(world.run({"verify", "--store", name}).code == 0);
        fs::remove_all(copy);
    }
    CHECK(half_way > 0);
    // Those whose process has not ended yet are left to a later one.
    until(
        [&] {
            fs::remove_all(copy);
            return world.run({"backup", "copy"}).code == 0 && partial_copies(world).empty();
        },
        "what the killed backups left is still there");
    CHECK(has(world.run({"verify", "--store", name}).out, "24 names"));
}
