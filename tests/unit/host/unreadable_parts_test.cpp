// SPDX-License-Identifier: BSD-3-Clause
//
// What of conf.d cannot be read is told with what it is, where, and what to change.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "in_child.hpp"
#include "manifest.hpp"
#include "scratch_folder.hpp"

using namespace dumbwaiter;
namespace fs = std::filesystem;

namespace {

constexpr uid_t kNobody = 65534;

// A manifest with a conf.d, of a user whom modes hold for.
struct Folder : ScratchFolder {
    Folder()
    {
        write("m.toml", "[functions]\na = \"c.so:f\"\n");
        fs::create_directory(path / "conf.d");
    }

    // The problems as lines, with F for the folder and U for the user.
    std::string lines(Trust trust) const
    {
        const uid_t user = ::geteuid() == 0 ? kNobody : ::geteuid();
        if (::geteuid() == 0) {
            REQUIRE(::lchown(path.c_str(), user, user) == 0);
            for (const auto& entry : fs::recursive_directory_iterator(path)) {
                REQUIRE(::lchown(entry.path().c_str(), user, user) == 0);
            }
        }
        std::string said = in_child([&] {
            const bool is_nobody = ::geteuid() == user || (::setgroups(0, nullptr) == 0 && ::setuid(user) == 0);
            const ManifestReading reading = load_manifest(path / "m.toml", trust);
            return is_nobody ? format_problems("F/m.toml", reading.problems, reading.manifest.parts) : "";
        });
        for (size_t at = 0; (at = said.find(path.string())) != said.npos;) said.replace(at, path.string().size(), "F");
        const std::string number = fmt::format("uid {}", user);
        for (size_t at = 0; (at = said.find(number)) != said.npos;) said.replace(at, number.size(), "U");
        return said;
    }
};

void close(const fs::path& place)
{
    fs::permissions(place, fs::perms::none);
}

}  // namespace

TEST_CASE("what stands in conf.d and cannot be read is told with what to change")
{
    const struct {
        const char* what;
        void (*prepare)(const Folder& folder);
        const char* lines;
    } rows[] = {
        {"all is well", [](const Folder& folder) { folder.write("conf.d/x.toml", ""); }, ""},
        {"a file without rights", [](const Folder& folder) { close(folder.write("conf.d/x.toml", "")); },
         "F/conf.d/x.toml: may not be read by U (it is U's, mode 0000): change its owner or mode, or run as a user who "
         "may\n"},
        {"a folder", [](const Folder& folder) { fs::create_directory(folder.path / "conf.d/x.toml"); },
         "F/conf.d/x.toml: is a folder, not a file: put a file there, or give it a name that does not end in .toml\n"},
        {"a pipe", [](const Folder& folder) { ::mkfifo((folder.path / "conf.d/x.toml").c_str(), 0600); },
         "F/conf.d/x.toml: is no regular file: put a file there, or give it a name that does not end in .toml\n"},
        {"a dangling link", [](const Folder& folder) { fs::create_symlink("../gone", folder.path / "conf.d/x.toml"); },
         "F/conf.d/x.toml: is a link to ../gone, where nothing is: put it there, or remove the link\n"},
        {"a link to a dangling link",
         [](const Folder& folder) {
             fs::create_symlink("y", folder.path / "conf.d/x.toml");
             fs::create_symlink("gone", folder.path / "conf.d/y");
         },
         "F/conf.d/x.toml: F/conf.d/y is a link to gone, where nothing is: put it there, or remove the link\n"},
        {"a circle of links", [](const Folder& folder) { fs::create_symlink("x.toml", folder.path / "conf.d/x.toml"); },
         "F/conf.d/x.toml: is a link that leads in a circle: remove it\n"},
        {"a link into a closed folder",
         [](const Folder& folder) {
             fs::create_directory(folder.path / "closed");
             folder.write("closed/y", "");
             fs::create_symlink("../closed/y", folder.path / "conf.d/x.toml");
             close(folder.path / "closed");
         },
         "F/conf.d/x.toml: F/closed may not be entered by U (it is U's, mode 0000): change its owner or mode, or run "
         "as a user who may\n"},
        {"a conf.d without rights", [](const Folder& folder) { close(folder.path / "conf.d"); },
         "F/m.toml: F/conf.d may not be read by U (it is U's, mode 0000): change its owner or mode, or run as a user "
         "who may\n"},
        {"a conf.d that may be listed only",
         [](const Folder& folder) {
             folder.write("conf.d/x.toml", "");
             fs::permissions(folder.path / "conf.d", fs::perms::owner_read);
         },
         "F/conf.d/x.toml: F/conf.d may not be entered by U (it is U's, mode 0400): change its owner or mode, or run "
         "as a user who may\n"},
        {"a conf.d that leads nowhere",
         [](const Folder& folder) {
             fs::remove(folder.path / "conf.d");
             fs::create_symlink("gone", folder.path / "conf.d");
         },
         "F/m.toml: F/conf.d is a link to gone, where nothing is: put it there, or remove the link\n"},
        {"a conf.d that is a file",
         [](const Folder& folder) {
             fs::remove(folder.path / "conf.d");
             folder.write("conf.d", "");
         },
         "F/m.toml: F/conf.d is no folder: make it a folder of *.toml files, or give it another name\n"},
    };
    for (const auto& row : rows) {
        for (const Trust trust : {Trust::kOwner, Trust::kAny}) {
            CAPTURE(row.what);
            CAPTURE((trust == Trust::kAny));
            const Folder folder;
            row.prepare(folder);
            CHECK(folder.lines(trust) == row.lines);
        }
    }
}
