// SPDX-License-Identifier: BSD-3-Clause
//
// A connection to a Redis server that is kept from one invocation to the next. The only file, with its source, that
// knows how hiredis waits.
#pragma once

#include <hiredis/hiredis.h>
#include <dumbwaiter/plugin.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct FreeReply {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

// Where the server is, and as whom: args[0] and kwargs.
struct Server {
    std::string host, path;  // one of them
    int port = 6379;
    std::string database, username, password;  // empty: not said

    explicit Server(const dumbwaiter::Call& call);  // throws Failed

    bool operator==(const Server& other) const;
    bool operator!=(const Server& other) const { return !(*this == other); }

private:
    void read_address(const std::string& address);
    void read_user(const std::string& text, const std::string& address);
};

// One a manifest entry; used by one thread at a time.
class Connection {
public:
    // Sends the command, connecting first where there is no living connection, and waits for its reply. Throws Failed,
    // or Cancelled; then the connection is given up.
    Reply run(dumbwaiter::Call& call, const Server& server, const std::vector<std::string>& command);

private:
    struct FreeContext {
        void operator()(redisContext* context) const { redisFree(context); }
    };

    void connect(dumbwaiter::Call& call, const Server& server);
    bool is_alive() const;
    Reply exchange(dumbwaiter::Call& call, const std::vector<std::string>& command);
    void wait(dumbwaiter::Call& call, short events);
    [[noreturn]] void fail(const std::string& doing);

    std::unique_ptr<redisContext, FreeContext> context_;
    std::optional<Server> server_;  // that it leads to
};
