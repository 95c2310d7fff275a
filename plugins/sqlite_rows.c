// SPDX-License-Identifier: BSD-3-Clause
//
// Steps through a statement and streams its rows to the host. A put that fails is sticky, and the host reports it best
// in its own words: this file then stops and returns DW_OK.
#include "sqlite_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t kMostCollected = (size_t)64 << 20;  // bytes that `columns` keeps at once

// 1: there is a row, 0: there is none, else a code below 0 after the report's text was set.
static int32_t step(Connection* connection)
{
    switch (sqlite3_step(connection->statement)) {
        case SQLITE_ROW: return 1;
        case SQLITE_DONE: return 0;
        default: return connection_fail(connection, "running args[1]");
    }
}

static const char* column_name(const Connection* connection, int column)
{
    const char* const name = sqlite3_column_name(connection->statement, column);
    return name ? name : "";
}

static int32_t fail_text(const Connection* connection, int column)
{
    char text[600];
    snprintf(text, sizeof text,
             "column \"%.200s\" holds text that is not UTF-8: select cast(... as blob), with serializer = \"msgpack\" "
             "or \"cbor\"",
             column_name(connection, column));
    return dw_fail(connection->call, text);
}

// Values straight from the row are not protected by a mutex; without one (SQLITE_OPEN_NOMUTEX) that makes no
// difference.
static int32_t put_cell(const Connection* connection, int column, sqlite3_value* value)
{
    dw_call* const call = connection->call;
    const void* bytes;
    int32_t code;
    switch (sqlite3_value_type(value)) {
        case SQLITE_INTEGER: return dw_put_i64(call, sqlite3_value_int64(value));
        case SQLITE_FLOAT: return dw_put_f64(call, sqlite3_value_double(value));
        case SQLITE_TEXT:
            bytes = sqlite3_value_text(value);
            code = dw_put_str(call, bytes ? bytes : "", (uint64_t)sqlite3_value_bytes(value));
            return code == DW_MISUSE ? fail_text(connection, column) : code;
        case SQLITE_BLOB:
            bytes = sqlite3_value_blob(value);
            return dw_put_bytes(call, bytes ? bytes : "", (uint64_t)sqlite3_value_bytes(value));
        default: return dw_put_null(call);
    }
}

static int32_t put_named(const Connection* connection, int column, sqlite3_value* value)
{
    const char* const name = column_name(connection, column);
    int32_t const code = dw_key(connection->call, name, strlen(name));
    return code != DW_OK ? code : put_cell(connection, column, value);
}

// The row that stands; `first` instead of its first column if it is not NULL.
static int32_t put_row(const Connection* connection, sqlite3_value* first)
{
    int32_t code = dw_open_map(connection->call);
    int const columns = first ? 1 : sqlite3_column_count(connection->statement);
    for (int i = 0; i < columns && code == DW_OK; ++i) {
        code = put_named(connection, i, first ? first : sqlite3_column_value(connection->statement, i));
    }
    return code != DW_OK ? code : dw_close(connection->call);
}

// `is_row`: what step() said last. `first`: a row of one column that was kept and passed, or NULL.
static int32_t put_rows(Connection* connection, int32_t is_row, sqlite3_value* first)
{
    int32_t code = dw_open_array(connection->call);
    if (first && code == DW_OK) code = put_row(connection, first);
    while (is_row == 1 && code == DW_OK) {
        code = put_row(connection, NULL);
        if (code == DW_OK) is_row = step(connection);
    }
    if (is_row < 0) return is_row;
    if (code == DW_OK) dw_close(connection->call);
    return code == DW_ERROR ? code : DW_OK;
}

static int32_t fail_shape(Connection* connection, const char* wanted)
{
    char text[200];
    snprintf(text, sizeof text,
             "kwargs.shape wants %s, but the query gives more: use shape = \"rows\", or ask for less", wanted);
    return dw_fail(connection->call, text);
}

// One row of one column; what else comes is an error if it `must_be` a scalar, else rows.
static int32_t put_scalar(Connection* connection, int32_t is_row, int must_be)
{
    if (is_row == 0) return must_be ? (dw_put_null(connection->call), DW_OK) : put_rows(connection, 0, NULL);
    sqlite3_value* const first = sqlite3_value_dup(sqlite3_column_value(connection->statement, 0));
    if (!first) return dw_fail(connection->call, "out of memory");
    is_row = step(connection);
    int32_t code = is_row;
    if (is_row == 0) {
        code = put_cell(connection, 0, first) == DW_ERROR ? DW_ERROR : DW_OK;
    } else if (is_row == 1) {
        code = must_be ? fail_shape(connection, "one row") : put_rows(connection, is_row, first);
    }
    sqlite3_value_free(first);
    return code;
}

static int32_t put_only_row(Connection* connection, int32_t is_row)
{
    if (is_row == 0) return dw_put_null(connection->call), DW_OK;
    int32_t const code = put_row(connection, NULL);
    if (code != DW_OK) return code == DW_ERROR ? code : DW_OK;
    is_row = step(connection);
    return is_row == 1 ? fail_shape(connection, "one row") : is_row;
}

typedef struct {
    sqlite3_value** cells;  // row after row
    size_t count, capacity, bytes;
} Cells;

static int32_t keep(Cells* cells, Connection* connection, int column)
{
    if (cells->count == cells->capacity) {
        size_t const capacity = 2 * cells->capacity + 256;
        sqlite3_value** const grown = realloc(cells->cells, capacity * sizeof(sqlite3_value*));
        if (!grown) return dw_fail(connection->call, "out of memory");
        cells->cells = grown;
        cells->capacity = capacity;
    }
    sqlite3_value* const cell = sqlite3_value_dup(sqlite3_column_value(connection->statement, column));
    if (!cell) return dw_fail(connection->call, "out of memory");
    cells->cells[cells->count++] = cell;
    int const type = sqlite3_value_type(cell);
    cells->bytes += 64 + (size_t)(type == SQLITE_TEXT || type == SQLITE_BLOB ? sqlite3_value_bytes(cell) : 0);
    if (cells->bytes <= kMostCollected) return DW_OK;
    return dw_fail(connection->call, "the columns are larger than 64 MiB: ask for less, or use shape = \"rows\"");
}

static int32_t collect(Cells* cells, Connection* connection, int32_t is_row)
{
    for (; is_row == 1; is_row = step(connection)) {
        for (int i = 0; i < sqlite3_column_count(connection->statement); ++i) {
            if (keep(cells, connection, i) != DW_OK) return DW_ERROR;
        }
    }
    return is_row;
}

static int32_t put_collected(const Connection* connection, const Cells* cells)
{
    int const columns = sqlite3_column_count(connection->statement);
    int32_t code = dw_open_map(connection->call);
    for (int i = 0; i < columns && code == DW_OK; ++i) {
        const char* const name = column_name(connection, i);
        code = dw_key(connection->call, name, strlen(name));
        if (code == DW_OK) code = dw_open_array(connection->call);
        for (size_t at = (size_t)i; at < cells->count && code == DW_OK; at += (size_t)columns) {
            code = put_cell(connection, i, cells->cells[at]);
        }
        if (code == DW_OK) code = dw_close(connection->call);
    }
    if (code == DW_OK) code = dw_close(connection->call);
    return code == DW_ERROR ? code : DW_OK;
}

static int32_t put_columns(Connection* connection, int32_t is_row)
{
    Cells cells = {NULL, 0, 0, 0};
    int32_t code = collect(&cells, connection, is_row);
    if (code == DW_OK) code = put_collected(connection, &cells);
    for (size_t i = 0; i < cells.count; ++i) sqlite3_value_free(cells.cells[i]);
    free(cells.cells);
    return code;
}

// Two columns of one name cannot be two keys of one map.
static int32_t check_names(const Connection* connection)
{
    int const columns = sqlite3_column_count(connection->statement);
    for (int i = 1; i < columns; ++i) {
        for (int j = 0; j < i; ++j) {
            if (strcmp(column_name(connection, i), column_name(connection, j)) != 0) continue;
            char text[400];
            snprintf(text, sizeof text, "args[1] gives two columns called \"%.200s\": rename one with AS",
                     column_name(connection, i));
            return dw_fail(connection->call, text);
        }
    }
    return DW_OK;
}

int32_t rows_put(Connection* connection, Shape shape)
{
    int const changes = sqlite3_total_changes(connection->database);
    int32_t const is_row = step(connection);  // first, as it may find that the schema, and so the columns, changed
    if (is_row < 0) return is_row;
    int const columns = sqlite3_column_count(connection->statement);
    if (columns == 0) return dw_put_i64(connection->call, sqlite3_total_changes(connection->database) - changes);
    if (check_names(connection) != DW_OK) return DW_ERROR;
    switch (shape) {
        case kShapeFitting:
            return columns == 1 ? put_scalar(connection, is_row, 0) : put_rows(connection, is_row, NULL);
        case kShapeScalar:
            return columns == 1 ? put_scalar(connection, is_row, 1) : fail_shape(connection, "one column");
        case kShapeRow: return put_only_row(connection, is_row);
        case kShapeColumns: return put_columns(connection, is_row);
        default: return put_rows(connection, is_row, NULL);
    }
}
