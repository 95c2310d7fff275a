// SPDX-License-Identifier: BSD-3-Clause
//
// libsqlite.so.
#include <doctest/doctest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "invocation.hpp"

using namespace dumbwaiter;
using nlohmann::json;

namespace {

// A database with one table, gone afterwards.
class Shop {
public:
    explicit Shop(const char* name = "shop.db")
    {
        std::string folder = (std::filesystem::temp_directory_path() / "dumbwaiter-XXXXXX").string();
        folder_ = mkdtemp(folder.data());
        path_ = folder_ / name;
        execute("create table orders(id integer, total real, note text, photo blob)");
        execute("insert into orders values (1, 0.5, 'a', x'00ff'), (2, 1.0, null, null), (3, 2.0, 'c', null)");
    }
    ~Shop() { std::filesystem::remove_all(folder_); }
    Shop(const Shop&) = delete;
    Shop& operator=(const Shop&) = delete;

    void execute(const char* sql) const
    {
        sqlite3* database = nullptr;
        REQUIRE(sqlite3_open(path_.c_str(), &database) == SQLITE_OK);
        CHECK(sqlite3_exec(database, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
        sqlite3_close(database);
    }
    std::string args(const std::string& sql, const json& parameters = json::array()) const
    {
        json all = json::array({path_.string(), sql});
        for (const auto& one : parameters) all.push_back(one);
        return all.dump();
    }
    Left query(const std::string& sql, const json& parameters = json::array(), const std::string& kwargs = "{}") const
    {
        return run(shipped("libsqlite"), "query", args(sql, parameters), kwargs);
    }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path folder_, path_;
};

}  // namespace

TEST_CASE("rows come in the shape that is asked for")
{
    const Shop shop;
    struct Row {
        const char *sql, *kwargs, *value;
    };
    const Row rows[] = {
        {"select count(*) from orders", "{}", "3"},
        {"select id from orders", "{}", R"([{"id":1},{"id":2},{"id":3}])"},
        {"select id from orders where id > 9", "{}", "[]"},
        {"select id, total from orders where id = 1", "{}", R"([{"id":1,"total":0.5}])"},
        {"select id from orders where id = 2", R"({"shape": "scalar"})", "2"},
        {"select id from orders where id > 9", R"({"shape": "scalar"})", "null"},
        {"select id, note from orders where id = 2", R"({"shape": "row"})", R"({"id":2,"note":null})"},
        {"select id from orders where id > 9", R"({"shape": "row"})", "null"},
        {"select count(*) as n from orders", R"({"shape": "rows"})", R"([{"n":3}])"},
        {"select id, note from orders", R"({"shape": "columns"})", R"({"id":[1,2,3],"note":["a",null,"c"]})"},
        {"select id, note from orders where 0", R"({"shape": "columns"})", R"({"id":[],"note":[]})"},
        {"select photo from orders where id = 1", "{}", R"({"base64":"AP8="})"},
        {"select 9223372036854775807; -- the largest", "{}", "9223372036854775807"},
        {"update orders set total = 9 where id > 1", R"({"readonly": false})", "2"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sql);
        const Left left = shop.query(row.sql, json::array(), row.kwargs);
        CHECK(left.text == "");
        CHECK(left.value == row.value);
    }
}

TEST_CASE("parameters keep their types")
{
    const Shop shop;
    const Left left = shop.query("select typeof(?1) a, typeof(?2) b, typeof(?3) c, typeof(?4) d, ?3 e",
                                 {1, 0.5, "it's", nullptr}, R"({"shape": "row"})");
    CHECK(left.value == R"({"a":"integer","b":"real","c":"text","d":"null","e":"it's"})");
    CHECK(shop.query("select ?", {true}).value == "1");
}

TEST_CASE("a time is bound as SQLite's own functions write it")
{
    const Shop shop;
    Entry entry(shipped("libsqlite"), "query", shop.args("select datetime(?1) as a, ?1 as b", {0}),
                R"({"shape": "row"})");
    for (auto& node : entry.args().nodes) {
        if (node.type == Type::kI64) node = {.type = Type::kTime, .end = node.end, .i64 = 1700000000'250000000};
    }
    CHECK(entry.run().value == R"({"a":"2023-11-14 22:13:20","b":"2023-11-14 22:13:20.250"})");
}

TEST_CASE("what cannot be done is said, with what to do")
{
    const Shop shop;
    struct Row {
        const char *sql, *kwargs, *word;
    };
    const Row rows[] = {
        {"selec 1", "{}", "near \"selec\": syntax error"},
        {"select * from nowhere", "{}", "no such table: nowhere"},
        {"", "{}", "no SQL statement"},
        {"select 1; select 2", "{}", "more than one SQL statement"},
        {"select 1; ; select 2", "{}", "more than one SQL statement"},
        {"select ?", "{}", "1 parameters, but args gives 0"},
        {"delete from orders", "{}", "readonly = false"},
        {"select 1 as a, 2 as a", "{}", "rename one with AS"},
        {"select id from orders", R"({"shape": "scalar"})", "wants one row"},
        {"select 1, 2", R"({"shape": "scalar"})", "wants one column"},
        {"select id from orders", R"({"shape": "row"})", "wants one row"},
        {"select 1", R"({"shape": "table"})", "none of scalar, row, rows, columns"},
        {"select 1", R"({"shape": 1})", "kwargs.shape is"},
        {"select 1", R"({"shap": "row"})", "kwargs.shap is unknown"},
        {"select 1", R"({"readonly": "no"})", "kwargs.readonly is"},
        {"select cast(x'ff' as text) as t", "{}", "column \"t\" holds text that is not UTF-8"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sql);
        CAPTURE(row.kwargs);
        const Left left = shop.query(row.sql, json::array(), row.kwargs);
        CHECK(left.code == DW_ERROR);
        CAPTURE(left.text);
        CHECK(left.text.find(row.word) != std::string::npos);
    }
    CHECK(shop.query("select ?", json::array({json::array()})).text.find("args[2] cannot be a parameter") == 0);
    CHECK(shop.query("select 1", {1}).text.find("0 parameters, but args gives 1") != std::string::npos);
}

TEST_CASE("a database that is missing is never made")
{
    const Shop shop;
    for (const char* kwargs : {"{}", R"({"readonly": false})"}) {
        const std::string missing = shop.path().string() + ".missing";
        const Left left = run(shipped("libsqlite"), "query", json::array({missing, "select 1"}).dump(), kwargs);
        CHECK(left.code == DW_ERROR);
        CHECK(left.text.find("No such file") != std::string::npos);
        CHECK_FALSE(std::filesystem::exists(missing));
    }
}

TEST_CASE("what is no database is named so")
{
    const Shop shop;
    std::ofstream(shop.path(), std::ios::binary | std::ios::trunc) << std::string(4096, 'x');
    const Left left = shop.query("select * from orders");
    CHECK(left.code == DW_ERROR);
    CHECK(left.text.find("no SQLite database") != std::string::npos);
}

TEST_CASE("a kept connection sees what others write, and a database that was put in its place")
{
    const Shop shop;
    Entry entry(shipped("libsqlite"), "query", shop.args("select count(*) from orders"));
    CHECK(entry.run().value == "3");
    shop.execute("insert into orders values (4, 1, null, null)");
    CHECK(entry.run().value == "4");
    const Shop other("other.db");
    std::filesystem::rename(other.path(), shop.path());
    CHECK(entry.run().value == "3");
    std::filesystem::remove(shop.path());
    CHECK(entry.run().code == DW_ERROR);
}

TEST_CASE("a kept statement follows a schema that changed")
{
    const Shop shop;
    Entry entry(shipped("libsqlite"), "query", shop.args("select * from pair"));
    shop.execute("create table pair(a); insert into pair values (1)");
    CHECK(entry.run().value == "1");
    shop.execute("alter table pair add column b");
    CHECK(entry.run().value == R"([{"a":1,"b":null}])");
}

TEST_CASE("a long query stops when it is cancelled")
{
    const Shop shop;
    Entry entry(shipped("libsqlite"), "query",
                shop.args("with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n"));
    entry.cancellation().cancel();
    CHECK(entry.run().code == DW_CANCELLED);
}

TEST_CASE("a result past the limit is the host's to refuse")
{
    const Shop shop;
    for (const char* shape : {"rows", "columns"}) {
        const Left left =
            shop.query("select hex(zeroblob(2000000)) as big", json::array(), json{{"shape", shape}}.dump());
        CHECK(left.code == DW_LIMIT);
    }
    CHECK(shop.query("select hex(zeroblob(2000000)) as big").code == DW_LIMIT);
}
