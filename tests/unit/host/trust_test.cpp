// SPDX-License-Identifier: BSD-3-Clause
//
// Files that somebody else could have written, put there or swapped: none of them is read as code.
#include "trust.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "scratch_folder.hpp"

using namespace dumbwaiter;

namespace fs = std::filesystem;

namespace {

// root/home/x.so, all as it should be, for a row to spoil.
struct Home {
    ScratchFolder root;
    fs::path folder = root.path / "home";
    fs::path file = folder / "x.so";

    Home()
    {
        fs::create_directory(folder);
        write(file, "good");
    }

    static void write(const fs::path& file, std::string_view bytes) { std::ofstream(file, std::ios::binary) << bytes; }
    static void mode(const fs::path& path, mode_t mode) { REQUIRE(::chmod(path.c_str(), mode) == 0); }
};

struct Row {
    const char* name;
    std::function<void(Home&)> spoil;
    Code code;
    std::vector<std::string> parts;
};

void check_refused(const Row& row)
{
    CAPTURE(row.name);
    Home home;
    row.spoil(home);
    const auto opened = open_trusted(home.file, Trust::kOwner);
    REQUIRE(!opened);
    CHECK(opened.error().code == row.code);
    for (const std::string& part : row.parts) {
        CHECK_MESSAGE(opened.error().message.find(part) != std::string::npos, opened.error().message);
    }
}

constexpr uid_t kStranger = 54321;

}  // namespace

TEST_CASE("a file in hands of root or this user alone is opened, also by links and from where one stands")
{
    Home home;
    CHECK(open_trusted(home.file, Trust::kOwner));
    fs::create_symlink("x.so", home.folder / "link.so");
    CHECK(open_trusted(home.folder / "link.so", Trust::kOwner));
    fs::create_symlink(home.file, home.root.path / "far.so");
    CHECK(open_trusted(home.root.path / "far.so", Trust::kOwner));
    CHECK(open_trusted(home.folder / ".." / "home" / "." / "x.so", Trust::kOwner));
    fs::create_directory_symlink("../home", home.folder / "round");
    CHECK(open_trusted(home.folder / "round" / ".." / "home" / "x.so", Trust::kOwner));
    CHECK(open_trusted(fs::relative(home.file), Trust::kOwner));
    CHECK(open_trusted("/etc/passwd", Trust::kOwner));
}

TEST_CASE("in a folder of one's own a file may have more names than one")
{
    Home home;
    fs::create_hard_link(home.file, home.folder / "deps.so");
    CHECK(open_trusted(home.file, Trust::kOwner));
}

TEST_CASE("a sticky folder that everybody writes is fine, if what is below it is in good hands")
{
    Home home;
    Home::mode(home.root.path, 01777);
    CHECK(open_trusted(home.file, Trust::kOwner));
    Home::mode(home.folder, 01777);
    CHECK(open_trusted(home.file, Trust::kOwner));
    CHECK(!check_folder(home.folder));
    Home::mode(home.folder, 0755);
    CHECK(check_folder(home.folder));
}

TEST_CASE("what somebody else could have written or put there is refused, with what mends it")
{
    const auto replace = [](Home& home, auto make) {
        fs::remove(home.file);
        REQUIRE(make(home.file.c_str()) == 0);
    };
    for (const Row& row : std::vector<Row>{
             {"nothing there", [](Home& home) { fs::remove(home.file); }, Code::kNotFound, {"x.so cannot be opened"}},
             {"file written by all",
              [](Home& home) { Home::mode(home.file, 0646); },
              Code::kDenied,
              {"/home/x.so may be written by everybody (mode 0646): chmod go-w /", "x.so; or say trust = \"any\""}},
             {"file written by its group",
              [](Home& home) { Home::mode(home.file, 0664); },
              Code::kDenied,
              {"/home/x.so may be written by its group (mode 0664): chmod go-w "}},
             {"folder written by all",
              [](Home& home) { Home::mode(home.folder, 0777); },
              Code::kDenied,
              {"/home may be written by everybody (mode 0777): chmod go-w "}},
             {"folder written by its group",
              [](Home& home) { Home::mode(home.folder, 0770); },
              Code::kDenied,
              {"/home may be written by its group (mode 0770)"}},
             {"folder above written by all",
              [](Home& home) { Home::mode(home.root.path, 0777); },
              Code::kDenied,
              {"may be written by everybody (mode 0777)"}},
             {"link to a file written by all",
              [](Home& home) {
                  fs::rename(home.file, home.folder / "y.so");
                  Home::mode(home.folder / "y.so", 0666);
                  fs::create_symlink("y.so", home.file);
              },
              Code::kDenied,
              {"/home/y.so may be written by everybody"}},
             {"link by way of a folder written by all",
              [](Home& home) {
                  fs::create_directory(home.root.path / "open");
                  fs::rename(home.file, home.folder / "y.so");
                  fs::create_symlink("../home/y.so", home.root.path / "open" / "z.so");
                  fs::create_symlink("../open/z.so", home.file);
                  Home::mode(home.root.path / "open", 0777);
              },
              Code::kDenied,
              {"/open may be written by everybody"}},
             {"links in a ring",
              [](Home& home) {
                  fs::remove(home.file);
                  fs::create_symlink("x.so", home.file);
              },
              Code::kIo,
              {"Too many levels of symbolic links"}},
             {"second name in a sticky folder",
              [](Home& home) {
                  fs::create_hard_link(home.file, home.root.path / "theirs.so");
                  Home::mode(home.folder, 01777);
              },
              Code::kDenied,
              {"x.so has 2 names (hard links)", "copy it to a folder of your own"}},
             {"FIFO",
              [&](Home& home) { replace(home, [](const char* path) { return ::mkfifo(path, 0600); }); },
              Code::kIncompatible,
              {"x.so is no regular file"}},
             {"folder",
              [&](Home& home) { replace(home, [](const char* path) { return ::mkdir(path, 0700); }); },
              Code::kIncompatible,
              {"x.so is a folder"}}}) {
        check_refused(row);
    }
    CHECK(open_trusted("/dev/null", Trust::kOwner).error().message.find("/dev/null") == 0);
    CHECK(open_trusted("/", Trust::kOwner).error().message == "/ is a folder, not a file");
}

TEST_CASE("what belongs to a stranger is refused: file, folder, or link" * doctest::skip(::geteuid() != 0))
{
    const auto give_away = [](const fs::path& path) {
        REQUIRE(::lchown(path.c_str(), kStranger, static_cast<gid_t>(-1)) == 0);
    };
    const std::string words = fmt::format("belongs to uid {}, not to root or uid 0: chown 0 ", kStranger);
    for (const Row& row :
         std::vector<Row>{{"file", [&](Home& home) { give_away(home.file); }, Code::kDenied, {"x.so " + words}},
                          {"folder", [&](Home& home) { give_away(home.folder); }, Code::kDenied, {"/home " + words}},
                          {"sticky folder",
                           [&](Home& home) {
                               Home::mode(home.folder, 01777);
                               give_away(home.folder);
                           },
                           Code::kDenied,
                           {"/home " + words}},
                          {"link",
                           [&](Home& home) {
                               fs::rename(home.file, home.folder / "y.so");
                               fs::create_symlink("y.so", home.file);
                               give_away(home.file);
                           },
                           Code::kDenied,
                           {"x.so " + words}},
                          {"device",
                           [](Home& home) {
                               fs::remove(home.file);
                               // Where devices may not be made, /dev/null of the row above has to do.
                               if (::mknod(home.file.c_str(), S_IFCHR | 0600, makedev(1, 3)) != 0)
                                   ::mkfifo(home.file.c_str(), 0600);
                           },
                           Code::kIncompatible,
                           {"x.so is no regular file"}}}) {
        check_refused(row);
    }
}

TEST_CASE("trust in anybody takes any regular file, and nothing else")
{
    Home home;
    Home::mode(home.file, 0666);
    Home::mode(home.folder, 0777);
    CHECK(open_trusted(home.file, Trust::kAny));
    fs::remove(home.file);
    REQUIRE(::mkfifo(home.file.c_str(), 0600) == 0);
    const auto fifo = open_trusted(home.file, Trust::kAny);
    REQUIRE(!fifo);
    CHECK(fifo.error().code == Code::kIncompatible);
}

namespace {

// Exchanges two entries of a folder for as long as it lives.
class Swapper {
public:
    Swapper(const fs::path& a, const fs::path& b) : thread_([this, a, b] { run(a, b); }) {}
    ~Swapper()
    {
        stop_ = true;
        thread_.join();
    }

private:
    void run(const fs::path& a, const fs::path& b)
    {
        while (!stop_) ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE);
    }

    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

std::string first_bytes(const Descriptor& file)
{
    char bytes[16];
    const ssize_t count = ::pread(file.number(), bytes, sizeof bytes, 0);
    return {bytes, count < 0 ? 0 : static_cast<size_t>(count)};
}

int tries()
{
    const char* const asked = std::getenv("DUMBWAITER_TEST_TRIES");
    return asked != nullptr ? std::atoi(asked) : 3000;
}

}  // namespace

TEST_CASE("what is swapped between look and open is never the file that is read")
{
    Home home;
    const fs::path other = home.folder / "other";
    SUBCASE("another file")
    {
        Home::write(other, "evil");
        Home::mode(other, 0666);
    }
    SUBCASE("a link to another file")
    {
        Home::write(home.folder / "evil.so", "evil");
        Home::mode(home.folder / "evil.so", 0666);
        fs::create_symlink("evil.so", other);
    }
    int good = 0, refused = 0;
    {
        const Swapper swapper(home.file, other);
        for (int round = 0; round < tries() || (good == 0 && round < 1'000'000); ++round) {
            const auto opened = open_trusted(home.file, Trust::kOwner);
            if (!opened) {
                ++refused;
                continue;
            }
            ++good;
            REQUIRE(first_bytes(*opened) == "good");
        }
    }
    CHECK(good > 0);
    CHECK(refused > 0);
}
