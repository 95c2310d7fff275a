// SPDX-License-Identifier: BSD-3-Clause
//
// libhttp.so against a server of this machine.
#include <curl/curl.h>
#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>

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

class HttpServer {
public:
    HttpServer() : process_({"python3", HTTP_SERVER}), url_("http://127.0.0.1:" + process_.line()) {}
    HttpServer(const std::string& certificate, const std::string& key)
        : process_({"python3", HTTP_SERVER, certificate, key}), url_("https://localhost:" + process_.line())
    {}

    std::string url(const std::string& path) const { return url_ + path; }
    Left get(const std::string& path, const json& kwargs = json::object()) const
    {
        return run(shipped("libhttp"), "get", json::array({url(path)}).dump(), kwargs.dump());
    }

private:
    ServerProcess process_;
    std::string url_;
};

}  // namespace

TEST_CASE("a body is what its content type says")
{
    const HttpServer server;
    CHECK(server.get("/json").value == R"({"a":[1,2.5,null]})");
    CHECK(server.get("/problem").value == R"({"title":"x"})");
    CHECK(server.get("/text").value == R"("Grüße")");
    CHECK(server.get("/untyped").value == R"("plain")");
    CHECK(server.get("/empty").value == R"("")");
    CHECK(server.get("/bytes").value == R"({"base64":"/wA="})");
    CHECK(server.get("/text", {{"body", "bytes"}}).value == R"({"base64":"R3LDvMOfZQ=="})");
    CHECK(server.get("/json", {{"body", "text"}}).value == R"("{\"a\": [1, 2.5, null]}")");
    CHECK(server.get("/headers?q=1", {{"headers", {{"X-Token", "t0"}}}}).value == R"("t0|dumbwaiter")");
}

TEST_CASE("what the server calls unchanged is unchanged")
{
    const HttpServer server;
    for (const char* path : {"/etag", "/modified"}) {
        CAPTURE(path);
        Entry entry(shipped("libhttp"), "get", json::array({server.url(path)}).dump());
        const std::string first = entry.run().value;
        CHECK(first != "");
        CHECK(entry.run().code == DW_UNCHANGED);
        CHECK(entry.run().code == DW_UNCHANGED);
        CHECK(server.get("/change").code == DW_OK);
        const Left changed = entry.run();
        CHECK(changed.code == DW_OK);
        CHECK(changed.value != first);
    }
}

TEST_CASE("redirects are followed as far as they are allowed")
{
    const HttpServer server;
    CHECK(server.get("/to-text").value == R"("Grüße")");
    CHECK(server.get("/to-text", {{"redirects", 0}})
              .text.find("/to-text: 302 Found; kwargs.redirects = 0 follows none") != std::string::npos);
    CHECK(server.get("/loop").text.find("/loop: more than 5 redirects; to allow more") != std::string::npos);
    CHECK(server.get("/to-file").text.find("never anything but http") != std::string::npos);
}

TEST_CASE("what a redirect leads to elsewhere does not get the headers that were meant for here")
{
    const HttpServer here, elsewhere;
    const json headers = {{"headers", {{"X-Token", "t0"}, {"Authorization", "Bearer t1"}, {"Accept", "x/y"}}}};
    CHECK(here.get("/seen", headers).value == R"("t0|Bearer t1|x/y")");
    CHECK(here.get("/to?" + here.url("/seen"), headers).value == R"("t0|Bearer t1|x/y")");
    CHECK(here.get("/to?" + elsewhere.url("/seen"), headers).value == R"("||x/y")");
    CHECK(here.get("/to?" + elsewhere.url("/to?" + here.url("/seen")), headers).value == R"("t0|Bearer t1|x/y")");
    const std::string url = here.url("").insert(7, "me:pw@");
    const auto get = [&](const std::string& path) {
        return run(shipped("libhttp"), "get", json::array({url + path}).dump()).value;
    };
    const std::string mine = R"("|Basic bWU6cHc=|*/*")";
    CHECK(get("/seen") == mine);
    CHECK(get("/to?/seen") == mine);
    CHECK(get("/to?" + here.url("/seen")) == mine);
    CHECK(get("/to?" + elsewhere.url("/seen")) == R"("||*/*")");
}

TEST_CASE("what cannot be had is said, with what to do")
{
    const HttpServer server;
    struct Row {
        std::string url;
        json kwargs;
        const char* word;
    };
    const Row rows[] = {
        {server.url("/nothing"), json::object(), "/nothing: 404 Not Found"},
        {server.url("/busy?token=secret"), json::object(), "/busy: 503 Service Unavailable; it says: come back later"},
        {server.url("/bad-json"), json::object(), "the answer is no JSON: parse error at line 1"},
        {server.url("/latin1"), json::object(), "is not UTF-8: set kwargs = { body = \"bytes\" }"},
        {server.url("/large"), {{"max_bytes", 1000}}, "the answer is larger than 1000 bytes; to allow more"},
        {"http://127.0.0.1:1/", json::object(), "does the server run there?"},
        {"http://user:pass@127.0.0.1:1/x?q=p", json::object(), "GET http://127.0.0.1:1/x: "},
        {"http://no-such-host.invalid/", json::object(), "is the name right"},
        {"ftp://127.0.0.1/", json::object(), "neither http:// nor https://"},
        {server.url("/text"), {{"body", "xml"}}, "none of text, bytes, json"},
        {server.url("/text"), {{"headers", {{"A", "b\r\nC: d"}}}}, "holds a line break"},
        {server.url("/text"), {{"headers", {{"A b", "c"}}}}, "is no name of a header"},
        {server.url("/text"), {{"redirects", 51}}, "0 to 50"},
        {server.url("/text"), {{"header", 1}}, "kwargs.header is unknown"},
    };
    for (const Row& row : rows) {
        CAPTURE(row.url);
        const Left left = run(shipped("libhttp"), "get", json::array({row.url}).dump(), row.kwargs.dump());
        CAPTURE(left.text);
        CHECK(left.code == DW_ERROR);
        CHECK(left.text.find(row.word) != std::string::npos);
    }
}

TEST_CASE("a slow server is given up on at the deadline, and when the call is cancelled")
{
    const HttpServer server;
    Entry late(shipped("libhttp"), "get", json::array({server.url("/slow")}).dump());
    late.set_deadline_in(200'000'000);
    CHECK(late.run().code != DW_OK);  // whoever notices first: libcurl's timeout or the look at cancelling
    Entry cancelled(shipped("libhttp"), "get", json::array({server.url("/slow")}).dump());
    cancelled.cancellation().cancel();
    CHECK(cancelled.run().code == DW_CANCELLED);
}

TEST_CASE("the connection is kept from one invocation to the next")
{
    const HttpServer server;
    Entry entry(shipped("libhttp"), "get", json::array({server.url("/port")}).dump());
    const std::string port = entry.run().value;
    CHECK(port != "");
    CHECK(entry.run().value == port);
}

namespace {

// A certificate for localhost that vouches for itself, and a server that has it.
class HttpsServer {
public:
    HttpsServer()
    {
        const std::string make =
            "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
            "subjectAltName=DNS:localhost -keyout " +
            key() + " -out " + certificate() + " 2>/dev/null";
        REQUIRE(std::system(make.c_str()) == 0);
        server_ = std::make_unique<HttpServer>(certificate(), key());
    }
    std::string certificate() const { return file_.path().parent_path().string() + "/own.pem"; }
    const HttpServer* operator->() const { return server_.get(); }

private:
    std::string key() const { return file_.path().parent_path().string() + "/key.pem"; }

    TempFile file_{""};
    std::unique_ptr<HttpServer> server_;
};

// Sets variables of the environment, "" for none, until it goes.
class Environment {
public:
    explicit Environment(std::vector<std::pair<const char*, std::string>> values) : values_(std::move(values))
    {
        swap();
    }
    ~Environment() { swap(); }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

private:
    void swap()
    {
        for (auto& [name, value] : values_) {
            const char* const set = std::getenv(name);
            std::string before = set != nullptr ? set : "";
            value.empty() ? unsetenv(name) : setenv(name, value.c_str(), 1);
            value = std::move(before);
        }
    }
    std::vector<std::pair<const char*, std::string>> values_;
};

// In a process of its own, to which the file of the system's authorities is another one: bound over it in a view of the
// file systems that nobody else has. -1 where this machine does not allow that.
template <typename Check>
int with_system_authorities(const std::string& file, Check check)
{
    const pid_t pid = fork();
    if (pid == 0) {
        const char* const bundle = curl_version_info(CURLVERSION_NOW)->cainfo;
        const bool is_private = unshare(getuid() == 0 ? CLONE_NEWNS : CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
                                mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
        if (!is_private || bundle == nullptr || mount(file.c_str(), bundle, nullptr, MS_BIND, nullptr) != 0) _exit(77);
        _exit(check() ? 0 : 1);
    }
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    return WIFEXITED(status) && WEXITSTATUS(status) == 77 ? -1 : status;
}

}  // namespace

TEST_CASE("https is checked against the authority that is named")
{
    const HttpsServer server;
    CHECK(server->get("/text", {{"ca_file", server.certificate()}}).value == R"("Grüße")");
    CHECK(server->get("/to-http", {{"ca_file", server.certificate()}})
              .text.find("from https only https is followed to") != std::string::npos);
    CHECK(server->get("/text").text.find("for an authority of your own") != std::string::npos);
    CHECK(server->get("/text", {{"ca_file", "/no/such.pem"}}).text.find("kwargs.ca_file must be") != std::string::npos);
    std::string by_number = server->url("/text");
    by_number.replace(by_number.find("localhost"), 9, "127.0.0.1");
    const Left other_name =
        run(shipped("libhttp"), "get", json::array({by_number}).dump(), json{{"ca_file", server.certificate()}}.dump());
    CAPTURE(other_name.text);
    CHECK(other_name.text.find("name matches target host name '127.0.0.1'; ") != std::string::npos);
}

TEST_CASE("https is checked against the system's authorities")
{
    const HttpsServer server;
    const Environment none({{"SSL_CERT_FILE", ""}, {"SSL_CERT_DIR", ""}});
    const int status =
        with_system_authorities(server.certificate(), [&] { return server->get("/text").value == R"("Grüße")"; });
    if (status < 0) {
        MESSAGE("skipped: this machine gives no view of the file systems of one's own");
    } else {
        CHECK(status == 0);
    }
    CHECK(server->get("/text").code == DW_ERROR);
}

TEST_CASE("https is checked against the authorities that the environment names, as OpenSSL does")
{
    const HttpsServer server;
    {
        const Environment file({{"SSL_CERT_FILE", server.certificate()}, {"SSL_CERT_DIR", ""}});
        CHECK(server->get("/text").value == R"("Grüße")");
    }
    {
        const Environment nowhere({{"SSL_CERT_FILE", "/no/such.pem"}, {"SSL_CERT_DIR", ""}});
        CHECK(server->get("/text").text.find("SSL_CERT_FILE of the environment must be") != std::string::npos);
    }
    CHECK(server->get("/text").code == DW_ERROR);
}
