// SPDX-License-Identifier: BSD-3-Clause
//
// Reading through a read-only mount, where no lock can be taken: safe only while no host writes.
#include <doctest/doctest.h>
#include <dumbwaiter/reader.h>
#include <sys/mount.h>
#include <unistd.h>

#include <string>

#include "clock.hpp"
#include "scratch.hpp"

using namespace dumbwaiter;
using scratch::Folder;
using scratch::value;

namespace {

// The same folder once more, mounted read-only elsewhere.
struct ReadOnlyView {
    explicit ReadOnlyView(const Folder& folder) : path(folder.path / "view")
    {
        std::filesystem::create_directory(path);
        const char* at = path.c_str();
        is_mounted = mount(folder.store().c_str(), at, nullptr, MS_BIND, nullptr) == 0;
        is_good = is_mounted && mount(nullptr, at, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr) == 0;
    }
    ~ReadOnlyView()
    {
        if (is_mounted) umount2(path.c_str(), MNT_DETACH);
    }
    ReadOnlyView(const ReadOnlyView&) = delete;

    std::filesystem::path path;
    bool is_mounted = false, is_good = false;
};

// Reads until the code comes: a reader looks for a host once a second.
bool comes(dw_reader* reader, int32_t wanted)
{
    dw_reading reading = scratch::new_reading();
    const int64_t end = monotonic_ns() + 5 * kSecond;
    int32_t code = DW_OK;
    do {
        code = dw_get_value(reader, "a", &reading);
        usleep(10'000);
    } while (code != wanted && monotonic_ns() < end);
    dw_reading_clear(&reading);
    return code == wanted;
}

}  // namespace

TEST_CASE("who reads through a read-only mount stops when a host comes up, and goes on when it has left")
{
    Folder folder;
    std::vector<Append> appends = {value("a", 1, "1")};
    REQUIRE(scratch::open(folder)->commit(appends));
    const ReadOnlyView view(folder);
    if (!view.is_good) {
        MESSAGE("skipped: no read-only bind mounts here");
        return;
    }
    scratch::Gate has_read, host_is_up, was_denied, host_has_left;
    // Begun before the host takes its lock, which a child would inherit.
    scratch::Process reading([&] {
        dw_reader* reader = nullptr;
        const bool is_read = dw_reader_open(view.path.c_str(), &reader) == DW_OK && comes(reader, DW_OK);
        has_read.open();
        if (!is_read) return was_denied.open(), 1;
        host_is_up.pass();
        const bool is_denied = comes(reader, DW_DENIED);
        const bool is_named = std::string(dw_reader_error()).find("its host is running") != std::string::npos;
        was_denied.open();
        host_has_left.pass();
        if (!is_denied) return 2;
        if (!is_named) return 3;
        if (!comes(reader, DW_OK)) return 4;
        dw_reader_close(reader);
        return 0;
    });
    has_read.pass();
    auto host = scratch::open(folder);
    REQUIRE(host);
    host_is_up.open();
    was_denied.pass();
    host.reset();
    host_has_left.open();
    CHECK(reading.join() == 0);
}
