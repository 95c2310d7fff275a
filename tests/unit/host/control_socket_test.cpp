// SPDX-License-Identifier: BSD-3-Clause
#include "control_socket.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <optional>

#include "clock.hpp"
#include "codec.hpp"
#include "field.hpp"
#include "host_request.hpp"
#include "local_socket.hpp"

using namespace dumbwaiter;

namespace {

class Folder {
public:
    Folder()
    {
        std::string name = "/tmp/dumbwaiter-test-XXXXXX";
        root_ = ::mkdtemp(name.data());
        // Longer than a socket's address.
        path_ = root_ / std::string(120, 'a') / std::string(120, 'b');
        std::filesystem::create_directories(path_);
    }
    ~Folder() { std::filesystem::remove_all(root_); }
    const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path root_, path_;
};

void echo(uid_t, std::string_view line, const ControlSocket::Answer& answer)
{
    answer(R"({"code":0,"text":)" + json_quote(line) + "}");
}

}  // namespace

TEST_CASE("a request gets its answer, in a folder whose path is longer than a socket's address")
{
    const Folder folder;
    const auto socket = ControlSocket::open(folder.path(), "", &echo);
    REQUIRE(socket);
    struct stat facts {};
    REQUIRE(::stat((folder.path() / "control").c_str(), &facts) == 0);
    CHECK((facts.st_mode & 07777) == 0660);
    for (int i = 0; i < 3; ++i) {
        const auto answer = ask_host(folder.path(), R"({"do":"x"})");
        REQUIRE(answer);
        CHECK(Field(*answer)["text"].text() == R"({"do":"x"})");
    }
}

TEST_CASE("peers that say nothing, too much, or go away hold up nobody")
{
    const Folder folder;
    const auto socket = ControlSocket::open(folder.path(), "", &echo);
    REQUIRE(socket);
    const auto silent = connect_in(folder.path(), kControlSocket), endless = connect_in(folder.path(), kControlSocket);
    REQUIRE(silent);
    REQUIRE(endless);
    const std::string much(64 * 1024, 'x');
    (void)::send(endless->number(), much.data(), much.size(), MSG_NOSIGNAL);
    {
        const auto gone = connect_in(folder.path(), kControlSocket);
        REQUIRE(gone);
        (void)::send(gone->number(), "{\"do\":\"x\"}\n", 11, MSG_NOSIGNAL);
    }
    CHECK(ask_host(folder.path(), "{}"));
}

TEST_CASE("who waits for an answer learns that the host is gone, and who does not want to wait longer goes")
{
    const Folder folder;
    auto socket = ControlSocket::open(folder.path(), "", [](uid_t, std::string_view, ControlSocket::Answer) {});
    REQUIRE(socket);
    const auto late = ask_host(folder.path(), "{}", monotonic_ns() + 20 * kMillisecond);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == Code::kTimeout);
    const auto waiting = connect_in(folder.path(), kControlSocket);
    socket->reset();
    char byte = 0;
    CHECK(::recv(waiting->number(), &byte, 1, 0) <= 0);
    const auto none = ask_host(folder.path(), "{}");
    REQUIRE_FALSE(none);
    CHECK(none.error().code == Code::kNotFound);
}

TEST_CASE("an answer that comes after the socket's end goes nowhere")
{
    const Folder folder;
    ControlSocket::Answer kept;
    auto socket = ControlSocket::open(
        folder.path(), "", [&](uid_t, std::string_view, ControlSocket::Answer answer) { kept = std::move(answer); });
    REQUIRE(socket);
    CHECK_FALSE(ask_host(folder.path(), "{}", monotonic_ns() + 50 * kMillisecond));
    socket->reset();
    if (kept) kept("{}");
}

TEST_CASE("who says that the request was all still gets the answer")
{
    const Folder folder;
    const auto socket = ControlSocket::open(folder.path(), "", &echo);
    REQUIRE(socket);
    const auto peer = connect_in(folder.path(), kControlSocket);
    REQUIRE(peer);
    (void)::send(peer->number(), "{}\n", 3, MSG_NOSIGNAL);
    ::shutdown(peer->number(), SHUT_WR);
    char byte = 0;
    CHECK(::recv(peer->number(), &byte, 1, 0) == 1);
}
