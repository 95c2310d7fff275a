// SPDX-License-Identifier: BSD-3-Clause
//
// libpostgres.so against a PostgreSQL server of this machine, in a folder of the test's own.
#include <doctest/doctest.h>
#include <pwd.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "invocation.hpp"
#include "server_process.hpp"
#include "temp_file.hpp"

using namespace dumbwaiter;
using nlohmann::json;

namespace {

// It refuses to run as root.
uid_t user_of_server()
{
    const passwd* const found = getpwnam("postgres");
    return getuid() != 0 ? 0 : found != nullptr ? found->pw_uid : 65534;
}

// One for all tests: making its folder takes seconds.
class PostgresServer {
public:
    static PostgresServer& get()
    {
        static PostgresServer server;
        return server;
    }

    std::string dsn() const { return "host=" + folder() + " user=tester dbname=postgres"; }
    std::string args(const std::string& sql, const json& parameters = json::array()) const
    {
        json all = {dsn(), sql};
        for (const auto& one : parameters) all.push_back(one);
        return all.dump();
    }
    Left query(const std::string& sql, const json& parameters = json::array(),
               const json& kwargs = json::object()) const
    {
        return run(shipped("libpostgres"), "query", args(sql, parameters), kwargs.dump());
    }
    std::string folder() const { return file_.path().parent_path().string(); }

private:
    PostgresServer()
    {
        const uid_t user = user_of_server();
        if (user != 0) REQUIRE(chown(folder().c_str(), user, user) == 0);
        const std::string bin = POSTGRES_BIN, data = folder() + "/data";
        ServerProcess init(
            {bin + "/initdb", "-D", data, "-U", "tester", "-A", "trust", "-N", "--no-locale", "-E", "UTF8"}, user);
        while (!init.line().empty() || !init.line().empty()) {
        }
        REQUIRE(init.wait() == 0);
        server_ = std::make_unique<ServerProcess>(
            std::vector<std::string>{bin + "/postgres", "-D", data, "-k", folder(), "-c", "listen_addresses=", "-c",
                                     "fsync=off", "-c", "logging_collector=off", "-c", "log_destination=stderr", "-c",
                                     "log_min_messages=panic"},
            user);
        for (int i = 0; i < 1000 && query("select 1").code != DW_OK; ++i) usleep(10'000);
        REQUIRE(query("select 1").text == "");
        REQUIRE(
            query("create table orders(id integer, total numeric(10,2), note text)", {}, {{"readonly", false}}).code ==
            DW_OK);
        REQUIRE(query("insert into orders values (1, 0.50, 'a'), (2, 1.00, null)", {}, {{"readonly", false}}).value ==
                "2");
    }
    ~PostgresServer() { server_->stop(SIGINT); }

    TempFile file_{""};
    std::unique_ptr<ServerProcess> server_;
};

}  // namespace

TEST_CASE("rows come in the shape that is asked for")
{
    const PostgresServer& server = PostgresServer::get();
    struct Row {
        const char *sql, *shape, *value;
    };
    const Row rows[] = {
        {"select count(*) from orders", "", "2"},
        {"select id from orders order by id", "", R"([{"id":1},{"id":2}])"},
        {"select id from orders where id > 9", "", "[]"},
        {"select id, total, note from orders where id = 2", "row", R"({"id":2,"total":"1.00","note":null})"},
        {"select id from orders where id > 9", "row", "null"},
        {"select id from orders where id > 9", "scalar", "null"},
        {"select id, note from orders order by id", "columns", R"({"id":[1,2],"note":["a",null]})"},
        {"select count(*) as n from orders", "rows", R"([{"n":2}])"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sql);
        const json kwargs = *row.shape != '\0' ? json{{"shape", row.shape}} : json::object();
        const Left left = server.query(row.sql, json::array(), kwargs);
        CHECK(left.text == "");
        CHECK(left.value == row.value);
    }
}

TEST_CASE("types become the values that they are")
{
    const std::pair<const char*, const char*> rows[] = {
        {"true", "true"},
        {"null::int", "null"},
        {"7::smallint", "7"},
        {"9223372036854775807", "9223372036854775807"},
        {"0.1::float8", "0.1"},
        {"0.1::real", "0.1"},
        {"12345678901234567890.123456789::numeric", R"("12345678901234567890.123456789")"},
        {"'Grüße \"x\"'", R"("Grüße \"x\"")"},
        {"'{\"b\": [1, 2.5], \"a\": null}'::json", R"({"b":[1,2.5],"a":null})"},
        {"'{\"a\": 1}'::jsonb", R"({"a":1})"},
        {"'\\xff00'::bytea", R"({"base64":"/wA="})"},
        {"'2026-01-31 12:34:56.789+02'::timestamptz", R"("2026-01-31T10:34:56.789000000Z")"},
        {"'1969-12-31 23:59:59.5'::timestamp", R"("1969-12-31T23:59:59.500000000Z")"},
        {"'2024-02-29'::date", R"("2024-02-29T00:00:00.000000000Z")"},
        {"'infinity'::timestamptz", R"("infinity")"},
        {"'0044-03-15 BC'::date", R"("0044-03-15 BC")"},
        {"'12:34'::time", R"("12:34:00")"},
        {"'1 day 2 hours'::interval", R"("P1DT2H")"},
        {"'00000000-0000-0000-0000-000000000001'::uuid", R"("00000000-0000-0000-0000-000000000001")"},
        {"array[1, null, 3]", "[1,null,3]"},
        {"array[[1, 2], [3, 4]]", "[[1,2],[3,4]]"},
        {"'{}'::int[]", "[]"},
        {"'[0:1]={5,6}'::int[]", "[5,6]"},
        {"array['a,b', '\"q\"', 'NULL', '{', '\\']", R"(["a,b","\"q\"","NULL","{","\\"])"},
        {"array[true, false]", "[true,false]"},
        {"array['{\"a\": 1}'::jsonb]", R"([{"a":1}])"},
        {"array['2024-02-29'::date]", R"(["2024-02-29T00:00:00.000000000Z"])"},
        {"array[1.50, 2]::numeric[]", R"(["1.50","2"])"},
        {"row(1, 'x')", R"json("(1,x)")json"},
    };
    for (const auto& [expression, value] : rows) {
        CAPTURE(expression);
        const Left left = PostgresServer::get().query(std::string("select ") + expression);
        CHECK(left.text == "");
        CHECK(left.value == value);
    }
}

TEST_CASE("parameters keep what they are")
{
    const PostgresServer& server = PostgresServer::get();
    CHECK(server.query("select id from orders where id = $1", {2}).value == "2");
    CHECK(server.query("select $1::text || $2::text", {"it's; ", "--"}).value == R"("it's; --")");
    CHECK(server.query("select $1::float8 + $2::int", {0.5, 1}).value == "1.5");
    CHECK(server.query("select $1::int is null and $2::bool", {nullptr, true}).value == "true");
    CHECK(server.query("select $1::int[]", {"{1,2}"}).value == "[1,2]");
    Entry entry(shipped("libpostgres"), "query", server.args("select $1::timestamptz", {0}));
    for (auto& node : entry.args().nodes) {
        if (node.type == Type::kI64) node = {.type = Type::kTime, .end = node.end, .i64 = 1700000000'250000000};
    }
    CHECK(entry.run().value == R"("2023-11-14T22:13:20.250000000Z")");
}

TEST_CASE("the connection is kept, and made anew when the server ended it")
{
    const PostgresServer& server = PostgresServer::get();
    Entry entry(shipped("libpostgres"), "query", server.args("select pg_backend_pid()"));
    const std::string pid = entry.run().value;
    CHECK(entry.run().value == pid);
    CHECK(server.query("select pg_terminate_backend($1, 10000)", {json::parse(pid)}).value == "true");
    const Left after = entry.run();
    CHECK(after.code == DW_OK);
    CHECK(after.value != pid);
}

TEST_CASE("options of the DSN, a service or the environment stay beside what the values stand on")
{
    const PostgresServer& server = PostgresServer::get();
    const TempFile services("[shop]\nhost=" + server.folder() +
                            "\nuser=tester\ndbname=postgres\noptions=-c statement_timeout=5000\n");
    setenv("PGSERVICEFILE", services.path().c_str(), 1);
    const std::string from_dsn =
        server.dsn() + " client_encoding=LATIN1 options='-c statement_timeout=5000 -c TimeZone=Asia/Tokyo'";
    for (const std::string& dsn : {from_dsn, std::string("service=shop"), std::string("postgresql:///?service=shop")}) {
        CAPTURE(dsn);
        const auto query = [&](const char* sql) {
            return run(shipped("libpostgres"), "query", json::array({dsn, sql}).dump());
        };
        CHECK(query("show statement_timeout").value == R"("5s")");
        CHECK(query("select '2026-01-01 12:00:00+09'::timestamptz").value == R"("2026-01-01T03:00:00.000000000Z")");
        CHECK(query("select 'Grüße'").value == R"("Grüße")");
        CHECK(query("create table never(a int)").text.find("read-only transaction") != std::string::npos);
    }
    setenv("PGOPTIONS", "-c statement_timeout=6000", 1);
    CHECK(server.query("show statement_timeout").value == R"("6s")");
    unsetenv("PGOPTIONS");
    const Left unknown = run(shipped("libpostgres"), "query", R"(["service=nowhere", "select 1"])");
    CHECK(unknown.text.find("definition of service \"nowhere\" not found") != std::string::npos);
    unsetenv("PGSERVICEFILE");
}

TEST_CASE("a DSN that cannot be read is not shown, as a password may be what is wrong with it")
{
    for (const char* dsn : {"postgresql://me:hunter%zz2@localhost/x", "host=localhost hunter2", "password='hunter2",
                            "postgresql://me:hunter2@[localhost/x"}) {
        CAPTURE(dsn);
        const Left left = run(shipped("libpostgres"), "query", json::array({dsn, "select 1"}).dump());
        CAPTURE(left.text);
        CHECK(left.code == DW_ERROR);
        CHECK(left.text.find("args[0] is no DSN: ") == 0);
        CHECK(left.text.find("hunter") == std::string::npos);
    }
    const Left unknown = run(shipped("libpostgres"), "query", R"(["hos=x password=hunter2", "select 1"])");
    CHECK(unknown.text == "args[0] is no DSN: invalid connection option \"hos\"");
}

// A secret is looked up for each invocation, so that args[0] may be another one the next time.
TEST_CASE("a DSN that changed is connected to")
{
    const PostgresServer& server = PostgresServer::get();
    Entry entry(shipped("libpostgres"), "query", server.args("select current_setting('application_name')"));
    CHECK(entry.run().value == R"("dumbwaiter")");
    entry.args() = *decode(
        Serializer::kJson,
        json::array({server.dsn() + " application_name=other", "select current_setting('application_name')"}).dump());
    CHECK(entry.run().value == R"("other")");
}

TEST_CASE("an error leaves the connection as it was")
{
    Entry entry(shipped("libpostgres"), "query", PostgresServer::get().args("select 7 / (nextval('counts') % 2)"),
                R"({"readonly": false})");
    REQUIRE(PostgresServer::get().query("create sequence counts", {}, {{"readonly", false}}).code == DW_OK);
    CHECK(entry.run().value == "7");
    CHECK(entry.run().text.find("division by zero") != std::string::npos);
    CHECK(entry.run().value == "7");
}

TEST_CASE("a query ends on the server at the deadline, and when it is cancelled")
{
    const PostgresServer& server = PostgresServer::get();
    const auto running = [&] {
        return server
            .query("select count(*) from pg_stat_activity where query like 'select pg_sleep%' and state = 'active'")
            .value;
    };
    Entry late(shipped("libpostgres"), "query", server.args("select pg_sleep(100)"));
    late.set_deadline_in(200'000'000);
    CHECK(late.run().code == DW_CANCELLED);
    Entry cancelled(shipped("libpostgres"), "query", server.args("select pg_sleep(100)"));
    std::thread canceller([&] {
        for (int i = 0; i < 1000 && running() != "1"; ++i) usleep(10'000);
        cancelled.cancellation().cancel();
    });
    CHECK(cancelled.run().code == DW_CANCELLED);
    canceller.join();
    for (int i = 0; i < 1000 && running() != "0"; ++i) usleep(10'000);
    CHECK(running() == "0");
}

TEST_CASE("what cannot be done is said, with what to do")
{
    const PostgresServer& server = PostgresServer::get();
    struct Row {
        const char* sql;
        json parameters, kwargs;
        const char* word;
    };
    const json none = json::array(), plain = json::object();
    const Row rows[] = {
        {"selec 1", none, plain, "args[1]: ERROR:  syntax error at or near \"selec\""},
        {"select * from nowhere", none, plain, "relation \"nowhere\" does not exist"},
        {"delete from orders", none, plain, "read-only transaction; to write, set kwargs = { readonly = false }"},
        {"", none, plain, "no SQL statement"},
        {"select 1; select 2", none, plain, "cannot insert multiple commands into a prepared statement"},
        {"select $1::int", none, plain, "1"},
        {"select $1::int", {"x"}, plain, "invalid input syntax for type integer"},
        {"select $1::int", {json::array()}, plain, "args[2] cannot be a parameter"},
        {"select 1 as a, 2 as a", none, plain, "rename one with AS"},
        {"select id from orders", none, {{"shape", "scalar"}}, "wants one row, and args[1] gives 2 rows of 1 columns"},
        {"select 1, 2", none, {{"shape", "scalar"}}, "wants one column"},
        {"select 1", none, {{"shape", "table"}}, "none of scalar, row, rows, columns"},
        {"select 1", none, {{"shap", "row"}}, "kwargs.shap is unknown"},
        {"copy orders to stdout", none, plain, "COPY"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.sql);
        const Left left = server.query(row.sql, row.parameters, row.kwargs);
        CAPTURE(left.text);
        CHECK(left.code == DW_ERROR);
        CHECK(left.text.find(row.word) != std::string::npos);
    }
    const Left nobody = run(shipped("libpostgres"), "query", R"(["host=/no/such/folder dbname=x", "select 1"])");
    CHECK(nobody.text.find("connecting by args[0]: connection to server on socket \"/no/such/folder/") == 0);
    const Left garbled = run(shipped("libpostgres"), "query", R"(["hots=x", "select 1"])");
    CHECK(garbled.text.find("invalid connection option \"hots\"") != std::string::npos);
    const Left service = run(shipped("libpostgres"), "query", R"(["service=no_such_service", "select 1"])");
    CHECK(service.text.find("no_such_service") != std::string::npos);
}
