// SPDX-License-Identifier: BSD-3-Clause
//
// libredis.so against a redis-server of this machine.
#include <doctest/doctest.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "invocation.hpp"
#include "server_process.hpp"
#include "temp_file.hpp"

using namespace dumbwaiter;
using nlohmann::json;

namespace {

class RedisServer {
public:
    explicit RedisServer(const std::vector<std::string>& more = {}) { start(more); }
    // That listens on a port too: of those that are free, as redis takes no 0 for "any".
    static std::unique_ptr<RedisServer> on_port(int& port, std::vector<std::string> more)
    {
        const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        socklen_t length = sizeof address;
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(bind(probe, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length) == 0);
        port = ntohs(address.sin_port);
        close(probe);
        more.insert(more.end(), {"--port", std::to_string(port), "--bind", "127.0.0.1"});
        return std::make_unique<RedisServer>(more);
    }

    void start(const std::vector<std::string>& more = {})
    {
        std::vector<std::string> argv = {"redis-server", "--port",    "0",        "--unixsocket", path(),
                                         "--save",       "",          "--dir",    folder(),       "--daemonize",
                                         "no",           "--logfile", "/dev/null"};
        argv.insert(argv.end(), more.begin(), more.end());
        process_.reset();
        std::filesystem::remove(path());
        process_ = std::make_unique<ServerProcess>(argv);
        for (int i = 0; i < 1000 && !answers(); ++i) usleep(10'000);  // it tells nobody that it is ready
    }
    std::string folder() const { return file_.path().parent_path().string(); }
    std::string path() const { return folder() + "/redis.sock"; }
    std::string address() const { return "unix:" + path(); }
    std::string args(const json& words) const
    {
        json all = {address()};
        for (const auto& word : words) all.push_back(word);
        return all.dump();
    }
    Left command(const json& words, const json& kwargs = json::object()) const
    {
        return run(shipped("libredis"), "command", args(words), kwargs.dump());
    }

private:
    bool answers() const
    {
        redisContext* const context = redisConnectUnix(path().c_str());
        const bool is_there = context != nullptr && context->err == 0;
        redisFree(context);
        return is_there;
    }

    TempFile file_{""};
    std::unique_ptr<ServerProcess> process_;
};

}  // namespace

TEST_CASE("a reply is the value")
{
    const RedisServer server;
    CHECK(server.command({"SET", "key", "Grüße"}).value == R"("OK")");
    CHECK(server.command({"GET", "key"}).value == R"("Grüße")");
    CHECK(server.command({"GET", "nothing"}).value == "null");
    CHECK(server.command({"INCRBY", "count", 41}).value == "41");
    CHECK(server.command({"INCRBYFLOAT", "float", 0.5}).value == R"("0.5")");
    CHECK(server.command({"RPUSH", "list", "a", "b", 3}).value == "3");
    CHECK(server.command({"LRANGE", "list", 0, -1}).value == R"(["a","b","3"])");
    CHECK(server.command({"SETBIT", "bits", 0, 1}).value == "0");
    CHECK(server.command({"GET", "bits"}).value == R"({"base64":"gA=="})");
    CHECK(server.command({"EVAL", "return {1, {'two', false}}", 0}).value == R"([1,["two",null]])");
}

TEST_CASE("the connection is kept, and made anew when it is lost")
{
    RedisServer server;
    Entry entry(shipped("libredis"), "command", server.args({"CLIENT", "ID"}));
    const std::string id = entry.run().value;
    CHECK(entry.run().value == id);
    CHECK(server.command({"CLIENT", "KILL", "ID", json::parse(id)}).value == "1");
    const Left after = entry.run();
    CHECK(after.code == DW_OK);
    CHECK(after.value != id);
    server.start();
    CHECK(entry.run().code == DW_OK);
}

TEST_CASE("password and database are taken")
{
    const RedisServer server({"--requirepass", "hunter2"});
    CHECK(server.command({"PING"}).text.find("PING: NOAUTH Authentication required") == 0);
    CHECK(server.command({"PING"}, {{"password", "wrong"}}).text.find("AUTH: WRONGPASS") == 0);
    CHECK(server.command({"PING"}, {{"password", "hunter2"}}).value == R"("PONG")");
    CHECK(server.command({"PING"}, {{"username", "default"}, {"password", "hunter2"}}).value == R"("PONG")");
}

TEST_CASE("a server is found by its redis:// address")
{
    int port = 0;
    const auto server = RedisServer::on_port(port, {"--requirepass", "p@ss/word"});
    const std::string place = "127.0.0.1:" + std::to_string(port);
    const auto command = [&](const std::string& address, json words, const json& kwargs) {
        words.insert(words.begin(), address);
        return run(shipped("libredis"), "command", words.dump(), kwargs.dump());
    };
    const json password = {{"password", "p@ss/word"}}, none = json::object();
    CHECK(command("redis://" + place, {"SET", "key", "in 0"}, password).value == R"("OK")");
    CHECK(command("redis://" + place + "/0", {"GET", "key"}, password).value == R"("in 0")");
    CHECK(command("redis://" + place + "/1", {"GET", "key"}, password).value == "null");
    CHECK(command("redis://localhost:" + std::to_string(port), {"GET", "key"}, password).value == R"("in 0")");
    CHECK(command("redis://:p%40ss%2Fword@" + place, {"GET", "key"}, none).value == R"("in 0")");
    CHECK(command("redis://default:p%40ss%2fword@" + place + "/0", {"GET", "key"}, none).value == R"("in 0")");
    CHECK(command("redis://:wrong@" + place, {"GET", "key"}, password).value == R"("in 0")");
    CHECK(command("redis://:wrong@" + place, {"PING"}, none).text.find("AUTH: WRONGPASS") == 0);
    CHECK(command("redis://" + place + "/77", {"PING"}, password).text == "SELECT: ERR DB index is out of range");
}

TEST_CASE("an address that changed is connected to")
{
    const RedisServer one, other;
    REQUIRE(other.command({"SET", "key", "other"}).code == DW_OK);
    Entry entry(shipped("libredis"), "command", one.args({"GET", "key"}));
    CHECK(entry.run().value == "null");
    entry.args() = *decode(Serializer::kJson, other.args({"GET", "key"}));
    CHECK(entry.run().value == R"("other")");
}

TEST_CASE("a blocking command ends at the deadline and when it is cancelled")
{
    const RedisServer server;
    Entry late(shipped("libredis"), "command", server.args({"BLPOP", "nothing", 0}));
    late.set_deadline_in(100'000'000);
    CHECK(late.run().code != DW_OK);
    Entry cancelled(shipped("libredis"), "command", server.args({"BLPOP", "nothing", 0}));
    cancelled.cancellation().cancel();
    CHECK(cancelled.run().code == DW_CANCELLED);
}

TEST_CASE("what cannot be done is said, with what to do")
{
    const RedisServer server;
    struct Row {
        json args, kwargs;
        const char* word;
    };
    const Row rows[] = {
        {{server.address(), "NOSUCH"}, json::object(), "NOSUCH: ERR unknown command"},
        {{server.address(), "SET", "key"}, json::object(), "SET: ERR wrong number of arguments"},
        {{server.address()}, json::object(), "args[1] is missing: give the command"},
        {json::array(), json::object(), "args[0] is missing"},
        {{server.address(), "GET", nullptr}, json::object(), "args[2] cannot be a word of a command"},
        {{server.address(), "monitor"}, json::object(), "MONITOR has no single reply"},
        {{"redis://127.0.0.1:1", "PING"},
         json::object(),
         "connecting to 127.0.0.1: Connection refused; does the server"},
        {{"unix:/no/such.sock", "PING"},
         json::object(),
         "connecting to /no/such.sock: No such file or directory; does"},
        {{"localhost", "PING"}, json::object(), "is no address: write \"redis://USER:PASSWORD@HOST"},
        {{"redis://:pw@localhost:x", "PING"}, json::object(), "args[0] = \"redis://...@localhost:x\" is no address"},
        {{"redis://:p%4@localhost", "PING"}, json::object(), "args[0] = \"redis://...@localhost\" is no address"},
        {{"redis://localhost:x", "PING"}, json::object(), "is no address"},
        {{"redis://localhost/x", "PING"}, json::object(), "is no address"},
        {{"redis://", "PING"}, json::object(), "is no address"},
        {{server.address(), "PING"}, {{"pasword", "x"}}, "kwargs.pasword is unknown"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.args.dump());
        const Left left = run(shipped("libredis"), "command", row.args.dump(), row.kwargs.dump());
        CAPTURE(left.text);
        CHECK(left.code == DW_ERROR);
        CHECK(left.text.find(row.word) != std::string::npos);
    }
}
