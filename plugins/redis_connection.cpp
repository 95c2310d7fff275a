// SPDX-License-Identifier: BSD-3-Clause
#include "redis_connection.hpp"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <tuple>
#include <utility>

namespace {

using dumbwaiter::Call;
using dumbwaiter::Cancelled;
using dumbwaiter::Failed;

constexpr std::chrono::milliseconds kConnectTime = std::chrono::seconds(10);
constexpr std::chrono::milliseconds kLongest = std::chrono::minutes(5);  // without a deadline

std::chrono::milliseconds time_left(const Call& call, std::chrono::milliseconds most)
{
    auto const deadline = call.deadline();
    if (!deadline) return most;
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
    return std::clamp(left, std::chrono::milliseconds(1), most);
}

// What a report may show: without user and password.
std::string shown(const std::string& address)
{
    auto const user_end = address.rfind('@');
    return user_end == std::string::npos ? address : "redis://..." + address.substr(user_end);
}

[[noreturn]] void refuse_address(const std::string& address)
{
    throw Failed("args[0] = \"" + shown(address) +
                 "\" is no address: write \"redis://USER:PASSWORD@HOST:PORT/DATABASE\" " +
                 "(all but the host may be left out) or \"unix:/PATH\"");
}

// "p%40ss" -> "p@ss"; nullopt where two digits do not follow.
std::optional<std::string> percent_decoded(const std::string& text)
{
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        int code = 0;
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        auto const [end, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16);
        if (error != std::errc() || end != text.data() + i + 3 || code <= 0) return std::nullopt;
        plain += static_cast<char>(code);
        i += 2;
    }
    return plain;
}

int read_port(const std::string& text, const std::string& address)
{
    int port = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port < 1 || port > 65535) refuse_address(address);
    return port;
}

}  // namespace

Server::Server(const Call& call)
{
    for (auto const [key, value] : call.kwargs().entries()) {
        if (key != "username" && key != "password")
            throw Failed("kwargs." + std::string(key) + " is unknown; command takes username and password");
    }
    read_address(call.arg<std::string>(0));
    username = call.kwarg<std::string>("username", username);
    password = call.kwarg<std::string>("password", password);
}

bool Server::operator==(const Server& other) const
{
    return std::tie(host, path, port, database, username, password) ==
           std::tie(other.host, other.path, other.port, other.database, other.username, other.password);
}

void Server::read_address(const std::string& address)
{
    if (address.rfind("unix:", 0) == 0 && address.size() > 5) {
        path = address.substr(5);
        return;
    }
    if (address.rfind("redis://", 0) != 0) refuse_address("...");
    std::string rest = address.substr(8);
    if (auto const user_end = rest.rfind('@'); user_end != std::string::npos) {
        read_user(rest.substr(0, user_end), address);
        rest.erase(0, user_end + 1);
    }
    if (auto const slash = rest.find('/'); slash != std::string::npos) {
        database = rest.substr(slash + 1);
        rest.resize(slash);
    }
    if (database.find_first_not_of("0123456789") != std::string::npos) refuse_address(address);
    auto const colon = rest.rfind(':');
    bool const has_port = colon != std::string::npos && rest.find(']', colon) == std::string::npos;
    if (has_port) port = read_port(rest.substr(colon + 1), address);
    host = rest.substr(0, has_port ? colon : rest.size());
    if (host.size() > 1 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    if (host.empty()) refuse_address(address);
}

// "USER:PASSWORD", "USER" or ":PASSWORD".
void Server::read_user(const std::string& text, const std::string& address)
{
    auto const colon = std::min(text.find(':'), text.size());
    auto const user = percent_decoded(text.substr(0, colon));
    auto const secret = percent_decoded(text.substr(std::min(colon + 1, text.size())));
    if (!user || !secret) refuse_address(address);
    username = *user;
    password = *secret;
}

Reply Connection::run(Call& call, const Server& server, const std::vector<std::string>& command)
{
    try {
        if (!is_alive() || !server_ || *server_ != server) connect(call, server);
        return exchange(call, command);
    } catch (...) {
        context_.reset();
        throw;
    }
}

// A server that went away, or that closed a connection where nothing happened, has left an end of file to read.
bool Connection::is_alive() const
{
    char byte;
    return context_ && recv(context_->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

void Connection::connect(Call& call, const Server& server)
{
    auto const left = time_left(call, kConnectTime);
    timeval const timeout{left.count() / 1000, left.count() % 1000 * 1000};
    context_.reset(server.path.empty() ? redisConnectWithTimeout(server.host.c_str(), server.port, timeout)
                                       : redisConnectUnixWithTimeout(server.path.c_str(), timeout));
    if (!context_) throw Failed("out of memory");
    if (context_->err != 0) fail("connecting to " + (server.path.empty() ? server.host : server.path));
    context_->flags &= ~REDIS_BLOCK;  // from now on wait() waits
    server_ = server;
    auto const demand = [&](const std::vector<std::string>& command) {
        Reply const reply = exchange(call, command);
        if (reply->type == REDIS_REPLY_ERROR) throw Failed(command[0] + ": " + std::string(reply->str, reply->len));
    };
    if (!server.username.empty()) {
        demand({"AUTH", server.username, server.password});
    } else if (!server.password.empty()) {
        demand({"AUTH", server.password});
    }
    if (!server.database.empty() && server.database != "0") demand({"SELECT", server.database});
}

Reply Connection::exchange(Call& call, const std::vector<std::string>& command)
{
    std::vector<const char*> words;
    std::vector<std::size_t> lengths;
    for (const std::string& word : command) {
        words.push_back(word.data());
        lengths.push_back(word.size());
    }
    redisContext* const context = context_.get();
    if (redisAppendCommandArgv(context, static_cast<int>(words.size()), words.data(), lengths.data()) != REDIS_OK)
        fail("writing the command");
    for (int is_written = 0; is_written == 0;) {
        wait(call, POLLOUT);
        if (redisBufferWrite(context, &is_written) != REDIS_OK) fail("sending the command");
    }
    for (;;) {
        void* reply = nullptr;
        if (redisGetReplyFromReader(context, &reply) != REDIS_OK) fail("reading the reply");
        if (reply != nullptr) return Reply(static_cast<redisReply*>(reply));
        wait(call, POLLIN);
        if (redisBufferRead(context) != REDIS_OK) fail("waiting for the reply");
    }
}

void Connection::wait(Call& call, short events)
{
    pollfd polled[] = {{context_->fd, events, 0}, {call.cancel_fd(), POLLIN, 0}};
    auto const left = time_left(call, kLongest);
    int const ready = poll(polled, 2, static_cast<int>(left.count()));
    if (call.cancelled()) throw Cancelled();
    if (ready == 0) throw Failed("the server gave no answer in " + std::to_string(left.count()) + " ms");
}

void Connection::fail(const std::string& doing)
{
    std::string const why = context_->errstr;
    bool const is_refused = why.find("refused") != std::string::npos || why.find("No such file") != std::string::npos;
    throw Failed(doing + ": " + why + (is_refused ? "; does the server run there?" : ""));
}
