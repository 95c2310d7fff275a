// SPDX-License-Identifier: BSD-3-Clause
//
// F39: library files that somebody else could have written, put there, or swaps at the worst moment. None is loaded.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <thread>

#include "row.hpp"
#include "sealed_library.hpp"
#include "whole_library.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace fs = std::filesystem;

namespace {

constexpr uid_t kStranger = 54321;

// home/x.so and home/evil.so; who loads evil.so leaves a mark.
class Home {
public:
    Home()
    {
        fs::create_directory(folder);
        restore();
        setenv("FAULTS_MARK", mark_.c_str(), 1);
    }
    ~Home() { unsetenv("FAULTS_MARK"); }
    Home(const Home&) = delete;
    Home& operator=(const Home&) = delete;

    // All as it should be.
    void restore()
    {
        REQUIRE(::chmod(world.root().c_str(), 0700) == 0);
        fs::remove_all(folder);
        fs::create_directory(folder);
        put_file(file, whole_library(1));
        fs::copy_file(test_plugin("marks.so"), evil);
        for (const fs::path& path : {file, evil}) REQUIRE(::chmod(path.c_str(), 0755) == 0);
    }
    void write_manifest(const std::string& settings = "")
    {
        world.write(entry("f", "./home/x.so:version", "frequency = 0.05\non_start = \"always\""), settings);
    }
    bool was_loaded() const { return fs::exists(mark_); }
    void forget() { fs::remove(mark_); }

    World world;
    fs::path folder = world.root() / "home", file = folder / "x.so", evil = folder / "evil.so";

private:
    const fs::path mark_ = world.root() / "mark";
};

void change_mode(const fs::path& path, mode_t mode)
{
    REQUIRE(::chmod(path.c_str(), mode) == 0);
}

void give_away(const fs::path& path)
{
    REQUIRE(::lchown(path.c_str(), kStranger, static_cast<gid_t>(-1)) == 0);
}

struct Kind {
    const char* name;
    std::function<void(Home&)> spoil;
    const char* said;
};

void take_evil(Home& home)
{
    fs::rename(home.evil, home.file);
}

const std::vector<Kind>& kinds()
{
    static const std::vector<Kind> all = {
        {"file that everybody may write",
         [](Home& home) {
             take_evil(home);
             change_mode(home.file, 0757);
         },
         "may be written by everybody"},
        {"file that its group may write",
         [](Home& home) {
             take_evil(home);
             change_mode(home.file, 0775);
         },
         "may be written by its group"},
        {"folder that everybody may write",
         [](Home& home) {
             take_evil(home);
             change_mode(home.folder, 0777);
         },
         "may be written by everybody"},
        {"folder above it that everybody may write",
         [](Home& home) {
             take_evil(home);
             change_mode(home.world.root(), 0777);
         },
         "may be written by everybody"},
        {"link to a file that everybody may write",
         [](Home& home) {
             fs::remove(home.file);
             change_mode(home.evil, 0777);
             fs::create_symlink("evil.so", home.file);
         },
         "evil.so may be written by everybody"},
        {"link by way of a folder that everybody may write",
         [](Home& home) {
             const fs::path open = home.folder / "open";
             fs::create_directory(open);
             fs::create_symlink(home.evil, open / "z.so");
             change_mode(open, 0777);
             fs::remove(home.file);
             fs::create_symlink("open/z.so", home.file);
         },
         "may be written by everybody"},
        {"link to itself",
         [](Home& home) {
             fs::remove(home.file);
             fs::create_symlink("x.so", home.file);
         },
         "symbolic links"},
        {"second name in a sticky folder",
         [](Home& home) {
             fs::create_hard_link(home.evil, home.folder / "theirs.so");
             take_evil(home);
             change_mode(home.folder, 01777);
         },
         "has 2 names (hard links)"},
        {"FIFO",
         [](Home& home) {
             fs::remove(home.file);
             REQUIRE(::mkfifo(home.file.c_str(), 0700) == 0);
         },
         "is no regular file"},
        {"folder",
         [](Home& home) {
             fs::remove(home.file);
             fs::create_directory(home.file);
         },
         "is a folder"},
    };
    return all;
}

// Those that take root to make.
const std::vector<Kind>& kinds_of_root()
{
    static const std::vector<Kind> all = {
        {"device",
         [](Home& home) {
             fs::remove(home.file);
             // Where none may be made, a FIFO once more.
             if (::mknod(home.file.c_str(), S_IFCHR | 0700, makedev(1, 3)) != 0) ::mkfifo(home.file.c_str(), 0700);
         },
         "is no regular file"},
        {"stranger's file",
         [](Home& home) {
             take_evil(home);
             give_away(home.file);
         },
         "belongs to uid 54321"},
        {"stranger's folder",
         [](Home& home) {
             take_evil(home);
             give_away(home.folder);
         },
         "belongs to uid 54321"},
        {"stranger's link",
         [](Home& home) {
             fs::remove(home.file);
             fs::create_symlink("evil.so", home.file);
             give_away(home.file);
         },
         "belongs to uid 54321"},
    };
    return all;
}

std::vector<Kind> all_kinds()
{
    std::vector<Kind> all = kinds();
    if (::geteuid() == 0) all.insert(all.end(), kinds_of_root().begin(), kinds_of_root().end());
    return all;
}

// Exchanges two entries of a folder for as long as it lives.
class Swapper {
public:
    Swapper(const fs::path& a, const fs::path& b) : thread_([this, a, b] { run(a, b); }) {}
    ~Swapper()
    {
        stop_ = true;
        thread_.join();
    }
    Swapper(const Swapper&) = delete;
    Swapper& operator=(const Swapper&) = delete;

private:
    void run(const fs::path& a, const fs::path& b)
    {
        while (!stop_) ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
    }

    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

}  // namespace

TEST_CASE("F39: a library that others may have put there is loaded by nobody, and the mark would tell")
{
    Row row("F39", "o+w, links, FIFO, device: at a start");
    Home home;
    home.write_manifest();
    const std::vector<std::string> check = {"check", "--manifest", home.world.manifest().string()};
    // The same file in good hands is loaded, and leaves its mark.
    take_evil(home);
    REQUIRE(home.world.run(check).code == 0);
    REQUIRE(home.was_loaded());
    home.forget();
    for (const Kind& kind : all_kinds()) {
        CAPTURE(kind.name);
        row.attempt([&] {
            home.restore();
            kind.spoil(home);
            const Done checked = home.world.run(check);
            CHECK(checked.code == 2);
            CHECK_MESSAGE(has(checked.err, kind.said), checked.err);
            CHECK(home.world.once().code == 2);
            const Done inspected = home.world.run({"inspect", home.file.string()});
            CHECK(inspected.code == 2);
            CHECK_FALSE(home.was_loaded());
        });
    }
    home.restore();
}

TEST_CASE("F39: a running host takes over no library that others may have put there")
{
    Row row("F39", "o+w, links, FIFO, device: dropped into a host");
    Home home;
    home.write_manifest("durability = \"volatile\"\n");
    const auto host = home.world.start();
    home.world.wait_for("f", 1);
    for (int round = 0; round < tries(1, 10); ++round) {
        for (const Kind& kind : all_kinds()) {
            CAPTURE(kind.name);
            row.attempt([&] {
                kind.spoil(home);
                const Done reload = home.world.run({"reload", "--store", home.world.store().string()});
                // 1: the one before runs on; 2: the manifest lies in the same bad hands.
                CHECK((reload.code == 1 || reload.code == 2));
                CHECK_MESSAGE(has(reload.err, kind.said), reload.err);
                home.world.wait_for("f", home.world.sequence("f") + 2);
                CHECK(home.world.reading("f")["value"] == 1);
                CHECK_FALSE(home.was_loaded());
                home.restore();
            });
        }
    }
    until(
        [&] {
            return home.world.run({"reload", "--store", home.world.store().string()}).code == 0;
        },
        "what is in good hands again is not taken");
    CHECK(home.world.errors("f").empty());
    CHECK(host->stop(SIGTERM) == 0);
}

TEST_CASE("F39: what is swapped between look and load is never the file that is loaded")
{
    Row row("F39", "swapped between check and open");
    Home home;
    home.write_manifest();
    const auto good = dumbwaiter::take_library(home.file, dumbwaiter::Trust::kOwner);
    REQUIRE(good.has_value());
    int taken = 0, refused = 0;
    for (const bool by_link : {false, true}) {
        home.restore();
        change_mode(home.evil, 0777);
        const fs::path link = home.folder / "link.so";
        fs::create_symlink("evil.so", link);
        const Swapper swapper(home.file, by_link ? link : home.evil);
        const int count = tries(500, 5000);
        for (int i = 0; i < count || taken == 0 || refused == 0; ++i) {
            REQUIRE(i < 1'000'000);
            const auto library = dumbwaiter::take_library(home.file, dumbwaiter::Trust::kOwner);
            row.attempt([&] {
                library ? ++taken : ++refused;
                if (library) CHECK(library->copy.sha256 == good->copy.sha256);
            });
        }
        // The program as a whole, which loads what it has taken.
        for (int i = 0; i < tries(5, 100); ++i) {
            row.attempt([&] {
                const int code = home.world.run({"check", "--manifest", home.world.manifest().string()}).code;
                CHECK((code == 0 || code == 2));
                CHECK_FALSE(home.was_loaded());
            });
        }
    }
    row.figure(fmt::format("{} taken, {} refused", taken, refused));
}
