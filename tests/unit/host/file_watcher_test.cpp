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
    scene.watcher->look_again(999 * kSecond);
    CHECK(scene.watcher->has_changed(1000 * kSecond));  // what it holds is news by itself
    scene.write("plugins/x.so");
    CHECK(scene.notices());
}

TEST_CASE("a folder of libraries that is made only now is news, and is watched")
{
    Scene scene;
    scene.watcher->watch_libraries(scene.folder / "later");
    scene.watcher->look_again(999 * kSecond);
    CHECK_FALSE(scene.watcher->is_waiting());
    std::filesystem::create_directory(scene.folder / "later");
    scene.write("later/x.so");
    scene.watcher->look_again(999 * kSecond);
    CHECK(scene.watcher->has_changed(1000 * kSecond));
    scene.watcher->look_again(1001 * kSecond);
    CHECK_FALSE(scene.watcher->is_waiting());
    scene.write("later/x.so");
    CHECK(scene.notices());
}

TEST_CASE("a file of conf.d that is added, changed or taken away is noticed, and nothing else there")
{
    Scene scene;
    std::filesystem::create_directory(scene.folder / "conf.d");
    CHECK(scene.notices());  // it may have come with files in it
    scene.write("conf.d/x.toml");
    CHECK(scene.notices());
    std::ofstream(scene.folder / "conf.d/x.toml", std::ios::app) << "y";
    CHECK(scene.notices());
    for (const char* name : {"conf.d/.x.toml.swp", "conf.d/x.toml~", "conf.d/.y.toml", "conf.d/m"}) scene.write(name);
    CHECK_FALSE(scene.notices());
    std::filesystem::rename(scene.folder / "conf.d/x.toml", scene.folder / "conf.d/x.toml.off");
    CHECK(scene.notices());
    std::filesystem::create_symlink("x.toml.off", scene.folder / "conf.d/x.toml");
    CHECK(scene.notices());
    std::filesystem::remove(scene.folder / "conf.d/x.toml");
    CHECK(scene.notices());
    std::filesystem::rename(scene.folder / "conf.d", scene.folder / "away");
    CHECK(scene.notices());
    std::filesystem::rename(scene.folder / "away", scene.folder / "conf.d");
    CHECK(scene.notices());
    scene.write("conf.d/z.toml");
    CHECK(scene.notices());
    std::filesystem::remove_all(scene.folder / "conf.d");
    CHECK(scene.notices());
    std::filesystem::create_directory(scene.folder / "conf.d");
    CHECK(scene.notices());
    scene.write("conf.d/z.toml");
    CHECK(scene.notices());
}

TEST_CASE("a library that is taken away is a change only for those who ask for it")
{
    Scene scene;
    scene.write("plugins/x.so");
    CHECK(scene.notices());
    std::filesystem::remove(scene.folder / "plugins/x.so");
    CHECK_FALSE(scene.notices());
    scene.watcher->heed_removed_libraries(true);
    std::ofstream(scene.folder / "plugins/y.so") << "y";
    CHECK(scene.notices());
    std::filesystem::remove(scene.folder / "plugins/y.so");
    CHECK(scene.notices());
}

TEST_CASE("a link to a library is there at once")
{
    Scene scene;
    scene.write("plugins/built");
    std::filesystem::create_hard_link(scene.folder / "plugins/built", scene.folder / "plugins/x.so");
    CHECK(scene.notices());
    std::filesystem::create_symlink("built", scene.folder / "plugins/y.so");
    CHECK(scene.notices());
}

TEST_CASE("what a link leads to is watched where it lies, and so is where it leads")
{
    struct Row {
        const char *link, *file;
    };
    // The last one is how Kubernetes puts a ConfigMap there: a folder of that time, and a link to it that is swapped.
    for (const Row& row : {Row{"m.toml", "a/m.toml"},
                           {"plugins/x.so", "a/x.so"},
                           {"conf.d/x.toml", "a/x.toml"},
                           {"m.toml", "..data/m.toml"}}) {
        CAPTURE(row.link);
        Scene scene;
        namespace fs = std::filesystem;
        for (const char* name : {"conf.d", "a", "b"}) fs::create_directory(scene.folder / name);
        fs::create_directory_symlink("a", scene.folder / "..data");
        const std::string name = fs::path(row.file).filename().string();
        for (const char* place : {"a/", "b/"}) scene.write(place + name);
        fs::create_symlink(scene.folder / row.file, scene.folder / row.link);
        scene.watcher->look_again(kSecond);
        (void)scene.notices();

        scene.write("a/" + name);
        CHECK(scene.notices());
        scene.write("new");
        fs::rename(scene.folder / "new", scene.folder / "a" / name);
        CHECK(scene.notices());
        scene.write("a/other");
        scene.write("b/" + name);
        scene.watcher->look_again(2 * kSecond);
        CHECK_FALSE(scene.notices());
        if (std::string(row.file).starts_with("..")) {
            fs::create_directory_symlink("b", scene.folder / "swapped");
            fs::rename(scene.folder / "swapped", scene.folder / "..data");
            scene.watcher->look_again(1000 * kSecond);
            CHECK(scene.watcher->has_changed(1001 * kSecond));
            scene.write("a/" + name);  // nobody's by now
            CHECK_FALSE(scene.notices());
            scene.write("b/" + name);
            CHECK(scene.notices());
        }
    }
}

namespace {

// As deployments do it: what is used is a link to one of several folders.
void lead(const std::filesystem::path& link, const std::filesystem::path& target)
{
    std::filesystem::create_directory_symlink(target, link.string() + ".new");
    std::filesystem::rename(link.string() + ".new", link);
}

size_t watches_of_the_system(const FileWatcher& watcher)
{
    std::ifstream info("/proc/self/fdinfo/" + std::to_string(watcher.descriptor()));
    size_t count = 0;
    for (std::string line; std::getline(info, line);) count += line.starts_with("inotify ");
    return count;
}

}  // namespace

TEST_CASE("a folder that is a link is news each time that it leads elsewhere, also to where it led before")
{
    Scene scene;
    for (const char* name : {"blue", "green"}) std::filesystem::create_directory(scene.folder / name);
    lead(scene.folder / "live", "blue");
    scene.watcher->watch_libraries(scene.folder / "live");
    (void)scene.notices();
    const size_t watches = watches_of_the_system(*scene.watcher);
    int64_t now = 2000 * kSecond;
    for (const char* name : {"green", "blue", "green", "blue"}) {
        CAPTURE(name);
        lead(scene.folder / "live", name);
        scene.watcher->look_again(now += kSecond);
        CHECK(scene.watcher->has_changed(now += kSecond));
        scene.watcher->look_again(now += kSecond);
        CHECK_FALSE(scene.watcher->is_waiting());
        CHECK(watches_of_the_system(*scene.watcher) == watches);
    }
    scene.write("green/x.so");  // nobody's by now
    CHECK_FALSE(scene.notices());
    scene.write("blue/x.so");
    CHECK(scene.notices());
}

TEST_CASE("a link that leads from release to release leaves no watch behind")
{
    Scene scene;
    size_t watches = 0;
    int64_t now = 2000 * kSecond;
    for (int release = 0; release < 5; ++release) {
        const std::string folder = std::to_string(release);
        std::filesystem::create_directory(scene.folder / folder);
        scene.write(folder + "/m.toml");
        lead(scene.folder / "m.toml", folder + "/m.toml");
        scene.watcher->look_again(now += kSecond);
        if (release == 0) watches = watches_of_the_system(*scene.watcher);
        CHECK(watches_of_the_system(*scene.watcher) == watches);
    }
}

TEST_CASE("a folder of libraries that is moved away is a change for those who ask for removed ones")
{
    for (const bool heeds : {false, true}) {
        CAPTURE(heeds);
        Scene scene;
        scene.watcher->heed_removed_libraries(heeds);
        std::filesystem::rename(scene.folder / "plugins", scene.folder / "away");
        scene.watcher->look_again(1000 * kSecond);
        CHECK(scene.watcher->is_waiting() == heeds);
        (void)scene.watcher->has_changed(1001 * kSecond);
        std::filesystem::rename(scene.folder / "away", scene.folder / "plugins");
        scene.watcher->look_again(1002 * kSecond);
        CHECK(scene.watcher->has_changed(1003 * kSecond));
        scene.watcher->look_again(1004 * kSecond);
        CHECK_FALSE(scene.watcher->is_waiting());
    }
}
