// SPDX-License-Identifier: BSD-3-Clause
//
// A database and one prepared statement, kept from one invocation to the next.
#pragma once

#include <dumbwaiter/plugin.h>
#include <sqlite3.h>
#include <sys/types.h>

// One a manifest entry; used by one thread at a time.
typedef struct {
    sqlite3* database;
    sqlite3_stmt* statement;
    dev_t device;  // of the file that is open
    ino_t inode;
    int is_writable;
    dw_call* call;  // the one that runs, for the handlers that may stop it
} Connection;

// Opens the database, or goes on with the one that is open while `path` still names that file; then prepares the one
// statement of `sql`, unless it is prepared already. Returns DW_OK, or a code after the report's text was set.
int32_t connection_prepare(Connection* connection, dw_call* call, const char* path, int is_writable, const char* sql,
                           uint64_t length);

// Says SQLite's message and what to do about it; returns the code that `run` returns.
int32_t connection_fail(Connection* connection, const char* doing);

void connection_close(Connection* connection);
