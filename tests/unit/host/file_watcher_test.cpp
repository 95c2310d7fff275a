// SPDX-License-Identifier: BSD-3-Clause
#include "file_watcher.hpp"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <fstream>

using namespace dumbwaiter;

namespace {

struct Scene {
    Scene()
    {
        std::string name = "/tmp/dumbwaiter-test-XXXXXX";
        folder = ::mkdtemp(name.data());
        std::filesystem::create_directory(folder / "plugins");
        watcher = std::make_unique<FileWatcher>(folder / "m.toml");
        watcher->watch_libraries(folder / "plugins");
    }
    ~Scene() { std::filesystem::remove_all(folder); }

    void write(const std::filesystem::path& name) { std::ofstream(folder / name) << "x"; }
    // After a while without another change.
    bool notices()
    {
        const bool at_once = watcher->has_changed(1000 * kSecond);
        return !at_once && watcher->has_changed(1000 * kSecond + FileWatcher::kQuiet);
    }

    std::filesystem::path folder;
    std::unique_ptr<FileWatcher> watcher;
};

}  // namespace

TEST_CASE("a manifest that was written and a library that was moved in are noticed, once")
{
    Scene scene;
    CHECK_FALSE(scene.notices());
    scene.write("m.toml");
    CHECK(scene.notices());
    CHECK_FALSE(scene.notices());
    scene.write("new");
    CHECK_FALSE(scene.notices());
    std::filesystem::rename(scene.folder / "new", scene.folder / "plugins" / "x.so");
    CHECK(scene.notices());
}

TEST_CASE("a file counts only when it was closed, and then has been left alone for a while")
{
    Scene scene;
    std::ofstream library(scene.folder / "plugins/x.so");
    library << "half" << std::flush;
    CHECK_FALSE(scene.watcher->has_changed(5 * kSecond));
    CHECK_FALSE(scene.watcher->is_waiting());
    library.close();
    CHECK_FALSE(scene.watcher->has_changed(6 * kSecond));
    CHECK(scene.watcher->is_waiting());
    scene.write("plugins/y.so");
    CHECK_FALSE(scene.watcher->has_changed(6 * kSecond + FileWatcher::kQuiet));  // it has only just been left alone
    CHECK(scene.watcher->has_changed(6 * kSecond + 2 * FileWatcher::kQuiet));
}

TEST_CASE("files that are neither the manifest nor a library do not matter")
{
    Scene scene;
    for (const char* name : {"other.toml", "m.toml~", "plugins/notes.txt", "plugins/x.so.part"}) scene.write(name);
    CHECK_FALSE(scene.notices());
}

TEST_CASE("a folder that takes the place of a watched one is watched as well")
{
    Scene scene;
    std::filesystem::create_directory(scene.folder / "other");
    std::filesystem::rename(scene.folder / "plugins", scene.folder / "old");
    std::filesystem::rename(scene.folder / "other", scene.folder / "plugins");
    scene.watcher->look_again();
    scene.write("plugins/x.so");
    CHECK(scene.notices());
}
