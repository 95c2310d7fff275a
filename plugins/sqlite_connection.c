// SPDX-License-Identifier: BSD-3-Clause
//
// Opens, prepares, waits and gives up for libsqlite.so.
#include "sqlite_connection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
    kStepsBetweenLooks = 1000,  // virtual machine instructions; about 10 us of work
    kBusyWaitMs = 10,
    kBusyWaits = 500,
};

static int stop_when_cancelled(void* of)
{
    return dw_cancelled(((Connection*)of)->call);
}

static int wait_for_lock(void* of, int waits)
{
    return waits < kBusyWaits && dw_sleep_ns(((Connection*)of)->call, (uint64_t)kBusyWaitMs * 1000000) == DW_OK;
}

static const char* advice(const Connection* connection)
{
    switch (sqlite3_errcode(connection->database) & 0xff) {
        case SQLITE_READONLY:
            return connection->is_writable ? "; the file and its folder must be writable"
                                           : "; to write, set kwargs = { readonly = false }";
        case SQLITE_CANTOPEN: return "; is it readable? One in WAL mode needs a writable folder too";
        case SQLITE_NOTADB: return "; args[0] is no SQLite database, or an encrypted one";
        case SQLITE_CORRUPT: return "; the database is damaged: try .recover of the sqlite3 shell";
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return "; another program keeps it locked";
        case SQLITE_TOOBIG: return "; ask for less";
        default: return "";
    }
}

int32_t connection_fail(Connection* connection, const char* doing)
{
    char text[2048];
    snprintf(text, sizeof text, "%s: %.1500s%s", doing, sqlite3_errmsg(connection->database), advice(connection));
    dw_fail(connection->call, text);
    switch (sqlite3_errcode(connection->database) & 0xff) {
        case SQLITE_INTERRUPT: return DW_CANCELLED;
        case SQLITE_BUSY:
        case SQLITE_LOCKED: return dw_cancelled(connection->call) ? DW_CANCELLED : DW_RETRY;
        default: return DW_ERROR;
    }
}

void connection_close(Connection* connection)
{
    sqlite3_finalize(connection->statement);
    sqlite3_close(connection->database);
    connection->statement = NULL;
    connection->database = NULL;
}

static int is_open(const Connection* connection, const struct stat* file, int is_writable)
{
    return connection->database && connection->device == file->st_dev && connection->inode == file->st_ino &&
           connection->is_writable == is_writable;
}

static int32_t open_database(Connection* connection, dw_call* call, const char* path, int is_writable)
{
    struct stat file;
    if (stat(path, &file) != 0) {
        char text[1024];
        snprintf(text, sizeof text, "args[0] = \"%.700s\": %s; a database that is missing is never made", path,
                 strerror(errno));
        return dw_fail(call, text);
    }
    if (is_open(connection, &file, is_writable)) return DW_OK;
    connection_close(connection);
    connection->device = file.st_dev;
    connection->inode = file.st_ino;
    connection->is_writable = is_writable;
    // Without the mutex of SQLite's own: an entry never overlaps itself.
    int const flags = (is_writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(path, &connection->database, flags, NULL) != SQLITE_OK) {
        if (!connection->database) return dw_fail(call, "out of memory");
        int32_t const code = connection_fail(connection, "opening the database of args[0]");
        connection_close(connection);
        return code;
    }
    sqlite3_progress_handler(connection->database, kStepsBetweenLooks, stop_when_cancelled, connection);
    sqlite3_busy_handler(connection->database, wait_for_lock, connection);
    return DW_OK;
}

// What follows the statement may be white space, comments and semicolons.
static int is_empty_tail(Connection* connection, const char* tail)
{
    while (*tail) {
        sqlite3_stmt* more = NULL;
        int const code = sqlite3_prepare_v2(connection->database, tail, -1, &more, &tail);
        sqlite3_finalize(more);
        if (code != SQLITE_OK || more) return 0;
    }
    return 1;
}

int32_t connection_prepare(Connection* connection, dw_call* call, const char* path, int is_writable, const char* sql,
                           uint64_t length)
{
    connection->call = call;
    int32_t const code = open_database(connection, call, path, is_writable);
    if (code != DW_OK) return code;
    if (connection->statement) return DW_OK;  // the arguments of an entry never change
    if (length > 1000000) return dw_fail(call, "args[1], the SQL text, is longer than 1 MB");
    const char* tail = NULL;
    if (sqlite3_prepare_v3(connection->database, sql, (int)length + 1, SQLITE_PREPARE_PERSISTENT,
                           &connection->statement, &tail) != SQLITE_OK) {
        return connection_fail(connection, "preparing args[1]");
    }
    if (!connection->statement) return dw_fail(call, "args[1] holds no SQL statement");
    if (is_empty_tail(connection, tail)) return DW_OK;
    sqlite3_finalize(connection->statement);
    connection->statement = NULL;
    return dw_fail(call, "args[1] holds more than one SQL statement: give each a function of its own");
}
