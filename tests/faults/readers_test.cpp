// SPDX-License-Identifier: BSD-3-Clause
//
// F06: a reader that holds its snapshot keeps nobody from writing, and is named.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <lmdb.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "row.hpp"
#include "world.hpp"

using namespace dumbwaiter::test;

namespace {

// A process that opens the store by LMDB itself and holds one read transaction.
class StuckReader {
public:
    explicit StuckReader(const std::filesystem::path& store)
    {
        int ends[2];
        REQUIRE(pipe(ends) == 0);
        pid_ = fork();
        if (pid_ == 0) hold(store.c_str(), ends[1]);
        close(ends[1]);
        char byte = 0;
        REQUIRE(read(ends[0], &byte, 1) == 1);
        close(ends[0]);
    }
    ~StuckReader()
    {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    int pid() const { return pid_; }

private:
    [[noreturn]] static void hold(const char* store, int ready)
    {
        MDB_env* env = nullptr;
        MDB_txn* txn = nullptr;
        if (mdb_env_create(&env) != 0 || mdb_env_open(env, store, MDB_RDONLY, 0) != 0 ||
            mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn) != 0 || write(ready, "x", 1) != 1) {
            _exit(1);
        }
        for (;;) pause();
    }

    pid_t pid_ = 0;
};

bool names(const Json& status, int pid)
{
    return std::ranges::any_of(status["readers"],
                               [&](const Json& one) { return one["pid"] == pid && one["lag"].get<int64_t>() > 0; });
}

}  // namespace

TEST_CASE("F06: writes go on while a reader holds its transaction, and status names it")
{
    Row row("F06", "a reader holds a transaction");
    const int seconds = tries(3, 30);
    World world;
    world.write(entry("a", "tick.so:sequence", "frequency = 0.01") + entry("b", "tick.so:tick", "frequency = 0.01"),
                "durability = \"volatile\"\ncommit_interval = 0");
    const auto host = world.start();
    world.wait_for("a", 10);
    const auto file = world.store() / "data.mdb";
    const auto before = std::filesystem::file_size(file);
    Durations named, steps;
    uint64_t written = 0;
    row.attempt([&] {
        const Stopwatch held;
        const StuckReader reader(world.store());
        until([&] { return names(world.status(), reader.pid()); }, "status does not name the reader");
        named.add(held.ms());
        const uint64_t first = world.sequence("a");
        while (held.ms() < seconds * 1000) {
            const Stopwatch step;
            world.wait_for("a", world.sequence("a") + 5);
            steps.add(step.ms());
        }
        written = world.sequence("a") - first;
        CHECK(written > static_cast<uint64_t>(seconds) * 5);
        CHECK(named.quantile(1) < 10'000);
    });
    const auto during = std::filesystem::file_size(file);
    row.attempt([&] {
        // What it kept alive is used again: the file is done growing once it is gone.
        world.wait_for("a", world.sequence("a") + 100);
        const auto after = std::filesystem::file_size(file);
        world.wait_for("a", world.sequence("a") + 200);
        CHECK(std::filesystem::file_size(file) <= after + 64 * 4096);
    });
    CHECK(host->stop(SIGTERM) == 0);
    CHECK(world.run({"verify"}).code == 0);
    row.figure(
        fmt::format("held {} s, named after {:.0f} ms, {} values meanwhile", seconds, named.quantile(1), written));
    row.figure(fmt::format("file {} to {} KiB; there is no quota yet", before / 1024, during / 1024));
}
