// SPDX-License-Identifier: BSD-3-Clause
//
// Keys are compared by a function of our own, and must lie as every other binding of LMDB looks for them.
#include <doctest/doctest.h>

#include <random>
#include <set>
#include <string>

#include "lmdb_env.hpp"
#include "scratch.hpp"

using namespace dumbwaiter;

TEST_CASE("keys of any bytes lie in the order of their bytes, and a key before its continuations")
{
    scratch::Folder folder;
    std::mt19937 random(7);
    std::set<std::string> keys;
    while (keys.size() < 5000) {
        // Few letters, so that keys share beginnings of all lengths and are often one the beginning of another.
        std::string key(1 + random() % 40, '\0');
        for (char& byte : key) byte = "\x00\x01\x7f\x80\xff"[random() % 5];
        keys.insert(key);
    }
    auto env = LmdbEnv::open(folder.path, {.map_size = 1 << 24});
    REQUIRE(env);
    LmdbTxn txn;
    Database database = 0;
    REQUIRE(env->begin_write(txn) == kLmdbOk);
    REQUIRE(txn.open_database(nullptr, true, database) == kLmdbOk);
    for (const std::string& key : keys) REQUIRE(txn.put(database, key, "x") == kLmdbOk);
    LmdbCursor cursor;
    REQUIRE(cursor.open(txn, database) == kLmdbOk);
    int code = cursor.first();
    for (const std::string& key : keys) {
        REQUIRE(code == kLmdbOk);
        REQUIRE(cursor.key() == key);
        code = cursor.next();
    }
    CHECK(code == kLmdbNotFound);
}
