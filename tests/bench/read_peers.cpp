// SPDX-License-Identifier: BSD-3-Clause
//
// S4: the read of S1 beside what else keeps newest values on one machine: SQLite in WAL mode, Redis, memcached, the two
// servers over a Unix socket and on the reader's own core, where they are fastest.
#include <sqlite3.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "filled_store.hpp"
#include "harness.hpp"
#include "names.hpp"
#include "our_reader.hpp"
#include "peer.hpp"

namespace {

constexpr size_t kNames = 1'000, kReads = 20'000, kPeerReads = 1'000;
const std::string kPayload(64, 'x');

void insist(bool is_so, const char* what)
{
    if (is_so) return;
    std::fprintf(stderr, "%s\n", what);
    std::exit(1);
}

class SqliteReader {
public:
    explicit SqliteReader(const std::filesystem::path& file, const std::vector<std::string>& names)
    {
        bench::in_child_process([&] { return fill(file, names); });
        insist(sqlite3_open(file.c_str(), &database_) == SQLITE_OK, "sqlite3_open");
        run(database_, "PRAGMA mmap_size = 268435456");
        insist(sqlite3_prepare_v2(database_, "SELECT value FROM latest WHERE name = ?", -1, &select_, nullptr) == 0,
               "sqlite3_prepare_v2");
    }
    ~SqliteReader()
    {
        sqlite3_finalize(select_);
        sqlite3_close(database_);
    }
    SqliteReader(const SqliteReader&) = delete;
    SqliteReader& operator=(const SqliteReader&) = delete;

    void read(const std::string& name)
    {
        sqlite3_bind_text(select_, 1, name.data(), static_cast<int>(name.size()), SQLITE_STATIC);
        insist(sqlite3_step(select_) == SQLITE_ROW, "no row");
        copy_.assign(static_cast<const char*>(sqlite3_column_blob(select_, 0)),
                     static_cast<size_t>(sqlite3_column_bytes(select_, 0)));
        sqlite3_reset(select_);
    }

private:
    static void run(sqlite3* database, const char* text)
    {
        insist(sqlite3_exec(database, text, nullptr, nullptr, nullptr) == SQLITE_OK, text);
    }
    static bool fill(const std::filesystem::path& file, const std::vector<std::string>& names)
    {
        sqlite3* database = nullptr;
        insist(sqlite3_open(file.c_str(), &database) == SQLITE_OK, "sqlite3_open");
        run(database, "PRAGMA journal_mode = WAL");
        run(database, "CREATE TABLE latest (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID");
        run(database, "BEGIN");
        for (const std::string& name : names) {
            run(database, ("INSERT INTO latest VALUES ('" + name + "', '" + kPayload + "')").c_str());
        }
        run(database, "COMMIT");
        sqlite3_close(database);
        return true;
    }
    sqlite3* database_ = nullptr;
    sqlite3_stmt* select_ = nullptr;
    std::string copy_;
};

template <typename Read>
void compare(bench::OurReader& ours, const std::vector<std::string>& names, const char* whom, double bound, int rounds,
             Read&& read)
{
    bench::Walk a(names), b(names);
    const auto pair = bench::in_turn(
        rounds, [&] { return bench::each_ns(kReads, [&](size_t) { ours.read(a.next()); }); },
        [&] { return bench::each_ns(kPeerReads, [&](size_t) { read(b.next()); }); });
    bench::print(bench::at_most("S4", std::string("read newest, 64 B, 1k names, beside ") + whom, "ns", pair, bound));
}

void missing(const char* whom)
{
    std::fprintf(stderr, "S4: %s is not installed; script/bench installs it\n", whom);
}

void beside_redis(const bench::Folder& folder, bench::OurReader& ours, const std::vector<std::string>& names,
                  int rounds)
{
    const std::string socket = folder / "redis.sock";
    bench::Peer redis({"redis-server", "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"},
                      socket);
    if (!redis.is_there()) return missing("redis-server");
    for (const std::string& name : names) redis.ask("SET " + name + " " + kPayload + "\r\n", "\r\n");
    const std::string end = kPayload + "\r\n";
    compare(ours, names, "a Redis GET", 0.01, rounds,
            [&](const std::string& name) { redis.ask("GET " + name + "\r\n", end); });
}

void beside_memcached(const bench::Folder& folder, bench::OurReader& ours, const std::vector<std::string>& names,
                      int rounds)
{
    const std::string socket = folder / "memcached.sock";
    bench::Peer memcached({"memcached", "-u", "root", "-t", "1", "-s", socket}, socket);
    if (!memcached.is_there()) return missing("memcached");
    for (const std::string& name : names) {
        memcached.ask("set " + name + " 0 0 " + std::to_string(kPayload.size()) + "\r\n" + kPayload + "\r\n", "\r\n");
    }
    compare(ours, names, "a memcached get", 0.01, rounds,
            [&](const std::string& name) { memcached.ask("get " + name + "\r\n", "END\r\n"); });
}

}  // namespace

int main(int argc, char** argv)
{
    const int rounds = bench::is_quick(argc, argv) ? 31 : 151;
    const bench::Folder folder;
    bench::pin_to_core(0);
    const auto names = bench::shuffled(bench::make_names(kNames));
    const bench::FilledStore store(folder, kNames, 64);
    bench::OurReader ours(store.ours);
    SqliteReader sqlite(folder / "sqlite.db", names);
    compare(ours, names, "SQLite, WAL", 1.0 / 25, rounds, [&](const std::string& name) { sqlite.read(name); });
    beside_redis(folder, ours, names, rounds);
    beside_memcached(folder, ours, names, rounds);
    return 0;
}
