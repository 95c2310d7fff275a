// SPDX-License-Identifier: BSD-3-Clause
//
// libhttp.so against a server of this machine.
#include <doctest/doctest.h>

#include <cstdlib>
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
    CHECK(server.get("/loop").text.find("Maximum (5) redirects followed; to allow more") != std::string::npos);
    CHECK(server.get("/to-file").text.find("never anything but http") != std::string::npos);
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

TEST_CASE("https is checked against the authority that is named")
{
    const TempFile file("");
    const std::string folder = file.path().parent_path().string(), key = folder + "/key.pem", own = folder + "/own.pem";
    const std::string make =
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext "
        "subjectAltName=DNS:localhost -keyout " +
        key + " -out " + own + " 2>/dev/null";
    REQUIRE(std::system(make.c_str()) == 0);
    const HttpServer server(own, key);
    CHECK(server.get("/text", {{"ca_file", own}}).value == R"("Grüße")");
    CHECK(server.get("/to-http", {{"ca_file", own}}).text.find("from https only https is followed to") !=
          std::string::npos);
    CHECK(server.get("/text").text.find("for an authority of your own") != std::string::npos);
    CHECK(server.get("/text", {{"ca_file", "/no/such.pem"}}).text.find("kwargs.ca_file must be") != std::string::npos);
}
