// SPDX-License-Identifier: BSD-3-Clause
#include "postgres_connection.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>

namespace {

using dumbwaiter::Call;
using dumbwaiter::Cancelled;
using dumbwaiter::Failed;

constexpr std::chrono::milliseconds kConnectTime = std::chrono::seconds(30);
constexpr std::chrono::milliseconds kForever = std::chrono::hours(1);  // a piece of it: the wait goes on

std::chrono::milliseconds time_left(const Call& call, std::chrono::milliseconds most)
{
    auto const deadline = call.deadline();
    if (!deadline) return most;
    auto const left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
    return std::clamp(left, std::chrono::milliseconds(0), most);
}

std::string without_end(std::string text)
{
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
    return text;
}

bool is_copy(ExecStatusType status)
{
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

// libpq's complaint about a DSN, without the piece of it that is quoted there: a password may be in it. The name of an
// option that is unknown may be seen.
std::string without_quotes(const std::string& complaint)
{
    if (complaint.rfind("invalid connection option", 0) == 0) return complaint;
    for (auto at = complaint.find('"'); at != std::string::npos; at = complaint.find('"', at + 3)) {
        bool const is_sign = at + 2 < complaint.size() && complaint[at + 2] == '"';  // "=", "]"
        if (!is_sign) return complaint.substr(0, at) + "\"...\"";
    }
    return complaint;
}

// A text without a sign of being a DSN is the name of a database.
void check_dsn(const std::string& dsn)
{
    if (dsn.find('=') == std::string::npos && dsn.find("://") == std::string::npos) return;
    char* complaint = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> const all(PQconninfoParse(dsn.c_str(), &complaint),
                                                                           PQconninfoFree);
    if (all) return;
    std::string const text = complaint == nullptr ? "out of memory" : without_end(complaint);
    PQfreemem(complaint);
    throw Failed("args[0] is no DSN: " + without_quotes(text));
}

// What the DSN, its service or the environment say of `options`. Only libpq knows where it all may stand, and tells it
// of a connection only: this one is begun on a socket that nobody has, and not waited for.
std::string options_of(const std::string& dsn)
{
    const char* const keys[] = {"dbname", "host", nullptr};
    const char* const values[] = {dsn.c_str(), "/", nullptr};
    std::unique_ptr<PGconn, decltype(&PQfinish)> const connection(PQconnectStartParams(keys, values, 1), PQfinish);
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> const all(PQconninfo(connection.get()),
                                                                           PQconninfoFree);
    for (const PQconninfoOption* one = all.get(); one != nullptr && one->keyword != nullptr; ++one) {
        if (std::string_view(one->keyword) == "options" && one->val != nullptr) return one->val;
    }
    return {};
}

const char* advice(const std::string& sqlstate)
{
    if (sqlstate == "25006") return "; to write, set kwargs = { readonly = false }";
    if (sqlstate == "57014") return "; the server stopped it";
    if (sqlstate == "42P18") return "; give the parameter a type in the SQL text, such as $1::integer";
    return "";
}

}  // namespace

Result Connection::run(Call& call, const Query& query)
{
    try {
        if (!is_alive() || query.dsn != dsn_ || query.password != password_) connect(call, query);
        send(query);
        return receive(call);
    } catch (...) {
        if (!connection_ || PQstatus(connection_.get()) != CONNECTION_OK ||
            PQtransactionStatus(connection_.get()) != PQTRANS_IDLE)
            connection_.reset();
        throw;
    }
}

// What the server sent while nothing was asked is taken in first: mostly its farewell, and then the end of file.
bool Connection::is_alive()
{
    if (!connection_) return false;
    pollfd polled = {PQsocket(connection_.get()), POLLIN, 0};
    while (poll(&polled, 1, 0) > 0) {
        if (PQconsumeInput(connection_.get()) != 1) return false;
    }
    return PQstatus(connection_.get()) == CONNECTION_OK && PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
}

// Times come as UTC and ISO texts, as the conversion of values wants them; floats with all their digits. Last, and so
// stronger than what the DSN says of the same.
void Connection::connect(Call& call, const Query& query)
{
    check_dsn(query.dsn);
    std::string const options = options_of(query.dsn) + " -c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=iso_8601 " +
                                "-c bytea_output=hex -c extra_float_digits=1 -c default_transaction_read_only=" +
                                (query.is_readonly ? "on" : "off");
    const char* const keys[] = {
        "fallback_application_name", "dbname", "client_encoding", "options", "password", nullptr};
    const char* const values[] = {"dumbwaiter",
                                  query.dsn.c_str(),
                                  "UTF8",
                                  options.c_str(),
                                  query.password.empty() ? nullptr : query.password.c_str(),
                                  nullptr};
    connection_.reset(PQconnectStartParams(keys, values, 1));
    if (!connection_) throw Failed("out of memory");
    PQsetNoticeProcessor(
        connection_.get(), [](void*, const char*) {}, nullptr);
    for (auto state = PGRES_POLLING_WRITING; state != PGRES_POLLING_OK; state = PQconnectPoll(connection_.get())) {
        if (state == PGRES_POLLING_FAILED || PQstatus(connection_.get()) == CONNECTION_BAD)
            fail("connecting by args[0]");
        wait(call, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, kConnectTime, "the server does not answer");
    }
    if (PQsetnonblocking(connection_.get(), 1) != 0) fail("connecting by args[0]");
    dsn_ = query.dsn;
    password_ = query.password;
}

void Connection::send(const Query& query)
{
    std::vector<const char*> texts;
    for (const auto& parameter : query.parameters) texts.push_back(parameter ? parameter->c_str() : nullptr);
    if (PQsendQueryParams(connection_.get(), query.sql.c_str(), static_cast<int>(texts.size()), nullptr, texts.data(),
                          nullptr, nullptr, 0) != 1)
        fail("sending the query");
}

Result Connection::receive(Call& call)
{
    PGconn* const connection = connection_.get();
    Result last;
    for (;;) {
        int const flushed = PQflush(connection);
        if (flushed < 0 || PQconsumeInput(connection) != 1) fail("waiting for the server");
        if (flushed == 0 && PQisBusy(connection) == 0) {
            Result result(PQgetResult(connection));
            if (!result) return last;
            last = std::move(result);
            if (is_copy(PQresultStatus(last.get()))) return last;  // it would be given again and again
            continue;
        }
        wait(call, flushed == 1 ? POLLIN | POLLOUT : POLLIN, kForever, nullptr);
    }
}

// `doing`: what to say when the time is over; nullptr goes on.
void Connection::wait(Call& call, short events, std::chrono::milliseconds most, const char* doing)
{
    pollfd polled[] = {{PQsocket(connection_.get()), events, 0}, {call.cancel_fd(), POLLIN, 0}};
    auto const left = time_left(call, most);
    int const ready = poll(polled, 2, static_cast<int>(left.count()));
    bool const is_late = call.deadline() && *call.deadline() <= std::chrono::steady_clock::now();
    if (call.cancelled() || is_late) {
        cancel();
        throw Cancelled();
    }
    if (ready == 0 && doing != nullptr) throw Failed(doing);
}

// The server may go on with a query whose client is gone; it is told. Over a connection of its own, which blocks for as
// long as the network needs: nothing in an answer that was just awaited over it.
void Connection::cancel()
{
    char why[256];
    PGcancel* const cancel = PQgetCancel(connection_.get());
    if (cancel == nullptr) return;
    PQcancel(cancel, why, sizeof why);
    PQfreeCancel(cancel);
}

void Connection::fail(const std::string& doing)
{
    throw Failed(doing + ": " + without_end(PQerrorMessage(connection_.get())));
}

void check_result(const PGresult* result)
{
    ExecStatusType const status = result == nullptr ? PGRES_EMPTY_QUERY : PQresultStatus(result);
    if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return;
    if (status == PGRES_EMPTY_QUERY) throw Failed("args[1] holds no SQL statement");
    if (is_copy(status)) throw Failed("args[1]: COPY to or from the client is no query: use select or insert");
    const char* const sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    throw Failed("args[1]: " + without_end(PQresultErrorMessage(result)) + advice(sqlstate == nullptr ? "" : sqlstate));
}
