// SPDX-License-Identifier: BSD-3-Clause
//
// libsqlite.so: `query` runs one SQL statement on a database that it keeps open.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sqlite_connection.h"
#include "sqlite_rows.h"

typedef struct {
    const char* path;
    const char* sql;
    uint64_t sql_length;
    Shape shape;
    int32_t is_readonly;
} Query;

static int32_t create(dw_call* call, void** state)
{
    *state = calloc(1, sizeof(Connection));
    return *state ? DW_OK : dw_fail(call, "out of memory");
}

static void destroy(void* state)
{
    connection_close(state);
    free(state);
}

// Says what is missing; a type that does not fit is already said by the host.
static int32_t require(dw_call* call, int32_t code, const char* text)
{
    if (code == DW_OK) return DW_OK;
    return code == DW_NOT_FOUND ? dw_fail(call, text) : DW_ERROR;
}

static int32_t read_shape(dw_call* call, dw_value value, Shape* shape)
{
    static const char* const names[] = {"scalar", "row", "rows", "columns"};
    static const Shape shapes[] = {kShapeScalar, kShapeRow, kShapeRows, kShapeColumns};
    const char* text;
    uint64_t length;
    if (dw_as_str(call, value, &text, &length) != DW_OK) return DW_ERROR;
    for (int i = 0; i < 4; ++i) {
        if (strcmp(text, names[i]) != 0) continue;
        *shape = shapes[i];
        return DW_OK;
    }
    char message[300];
    snprintf(message, sizeof message, "kwargs.shape = \"%.100s\" is none of scalar, row, rows, columns", text);
    return dw_fail(call, message);
}

static int32_t read_options(dw_call* call, Query* query)
{
    dw_value const options = dw_kwargs(call);
    for (uint64_t i = 0; i < dw_count(call, options); ++i) {
        const char* key;
        uint64_t length;
        dw_value value;
        int32_t code = dw_entry(call, options, i, &key, &length, &value);
        if (code != DW_OK) return DW_ERROR;
        if (strcmp(key, "shape") == 0) {
            code = read_shape(call, value, &query->shape);
        } else if (strcmp(key, "readonly") == 0) {
            code = dw_as_bool(call, value, &query->is_readonly);
        } else {
            char text[300];
            snprintf(text, sizeof text, "kwargs.%.100s is unknown; query takes shape and readonly", key);
            code = dw_fail(call, text);
        }
        if (code != DW_OK) return DW_ERROR;
    }
    return DW_OK;
}

static int32_t read_arguments(dw_call* call, Query* query)
{
    uint64_t length;
    int32_t code = dw_arg_str(call, 0, &query->path, &length);
    if (require(call, code, "args[0] is missing: give the path of the database") != DW_OK) return DW_ERROR;
    code = dw_arg_str(call, 1, &query->sql, &query->sql_length);
    if (require(call, code, "args[1] is missing: give the SQL statement") != DW_OK) return DW_ERROR;
    return read_options(call, query);
}

// As SQLite's own date functions write it.
static int bind_time(sqlite3_stmt* statement, int at, int64_t unix_ns)
{
    int64_t const ns = (unix_ns % 1000000000 + 1000000000) % 1000000000;
    time_t const seconds = (time_t)((unix_ns - ns) / 1000000000);
    struct tm parts;
    char text[64];
    if (!gmtime_r(&seconds, &parts)) return SQLITE_RANGE;
    size_t const length = strftime(text, sizeof text - 8, "%Y-%m-%d %H:%M:%S", &parts);
    snprintf(text + length, 8, ".%03d", (int)(ns / 1000000));
    return sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

// Text and bytes are not copied: the arguments outlive the statement's run, and reset clears the bindings.
static int bind(dw_call* call, sqlite3_stmt* statement, int at, dw_value value)
{
    int32_t truth = 0;
    int64_t number = 0;
    double real = 0;
    const char* text = NULL;
    const void* bytes = NULL;
    uint64_t length = 0;
    switch (dw_type(call, value)) {
        case DW_TYPE_NULL: return sqlite3_bind_null(statement, at);
        case DW_TYPE_BOOL: return dw_as_bool(call, value, &truth), sqlite3_bind_int(statement, at, truth);
        case DW_TYPE_I64: return dw_as_i64(call, value, &number), sqlite3_bind_int64(statement, at, number);
        case DW_TYPE_F64: return dw_as_f64(call, value, &real), sqlite3_bind_double(statement, at, real);
        case DW_TYPE_TIME: return dw_as_time(call, value, &number), bind_time(statement, at, number);
        case DW_TYPE_STR:
            dw_as_str(call, value, &text, &length);
            return sqlite3_bind_text64(statement, at, text, length, SQLITE_STATIC, SQLITE_UTF8);
        case DW_TYPE_BYTES:
            dw_as_bytes(call, value, &bytes, &length);
            return sqlite3_bind_blob64(statement, at, length ? bytes : "", length, SQLITE_STATIC);
        default: return SQLITE_MISMATCH;
    }
}

static int32_t bind_parameters(dw_call* call, sqlite3_stmt* statement)
{
    char text[300];
    uint64_t const given = dw_count(call, dw_args(call)) - 2;
    int const wanted = sqlite3_bind_parameter_count(statement);
    if (given != (uint64_t)wanted) {
        snprintf(text, sizeof text, "args[1] has %d parameters, but args gives %llu after it", wanted,
                 (unsigned long long)given);
        return dw_fail(call, text);
    }
    for (int i = 0; i < wanted; ++i) {
        dw_value value;
        if (dw_at(call, dw_args(call), (uint64_t)i + 2, &value) != DW_OK) return DW_ERROR;
        if (bind(call, statement, i + 1, value) == SQLITE_OK) continue;
        snprintf(text, sizeof text,
                 "args[%d] cannot be a parameter: SQLite takes null, bool, integers up to the i64 maximum, floats, "
                 "strings, bytes and times",
                 i + 2);
        return dw_fail(call, text);
    }
    return DW_OK;
}

#define QUERY_ARGS                                                                                                \
    "{\"type\": \"array\", \"minItems\": 2, \"prefixItems\": [{\"type\": \"string\", \"description\": \"path of " \
    "the database\"}, {\"type\": \"string\", \"description\": \"one SQL statement\"}], \"items\": "               \
    "{\"description\": \"its parameters, in order\"}, \"kwargs\": {\"properties\": {\"shape\": {\"enum\": "       \
    "[\"scalar\", \"row\", \"rows\", \"columns\"]}, \"readonly\": {\"type\": \"boolean\"}}, \"additionalProperties\": false}}"

DW_FUNCTION_EX(query, "Rows of a SQLite database; kwargs shape = scalar | row | rows | columns, readonly = true", 0,
               create, destroy, QUERY_ARGS, NULL, DW_SECONDS(60))
{
    Connection* const connection = dw_state(call);
    Query query = {NULL, NULL, 0, kShapeFitting, 1};
    if (read_arguments(call, &query) != DW_OK) return DW_ERROR;
    int32_t code = connection_prepare(connection, call, query.path, !query.is_readonly, query.sql, query.sql_length);
    if (code != DW_OK) return code;
    code = bind_parameters(call, connection->statement);
    if (code == DW_OK) code = rows_put(connection, query.shape);
    sqlite3_reset(connection->statement);
    sqlite3_clear_bindings(connection->statement);
    return code;
}
