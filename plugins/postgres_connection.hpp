// SPDX-License-Identifier: BSD-3-Clause
//
// A connection to a PostgreSQL server that is kept from one invocation to the next, and never waits past the deadline.
#pragma once

#include <libpq-fe.h>
#include <dumbwaiter/plugin.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

struct ClearResult {
    void operator()(PGresult* result) const { PQclear(result); }
};
using Result = std::unique_ptr<PGresult, ClearResult>;

// What is asked; the text of a null parameter is nullopt.
struct Query {
    std::string dsn, password, sql;
    std::vector<std::optional<std::string>> parameters;
    bool is_readonly = true;
};

// One a manifest entry; used by one thread at a time.
class Connection {
public:
    // Runs the query, connecting first where there is no living connection. Throws Failed with the server's words, or
    // Cancelled after it told the server to stop.
    Result run(dumbwaiter::Call& call, const Query& query);

private:
    struct Finish {
        void operator()(PGconn* connection) const { PQfinish(connection); }
    };

    void connect(dumbwaiter::Call& call, const Query& query);
    bool is_alive();
    void send(const Query& query);
    Result receive(dumbwaiter::Call& call);
    void wait(dumbwaiter::Call& call, short events, std::chrono::milliseconds most, const char* doing);
    void cancel();
    [[noreturn]] void fail(const std::string& doing);

    std::unique_ptr<PGconn, Finish> connection_;
    std::string dsn_, password_;  // that it was made with
};

// Throws Failed with what the server said, and advice, where the result is an error.
void check_result(const PGresult* result);
