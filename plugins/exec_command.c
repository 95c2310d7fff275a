// SPDX-License-Identifier: BSD-3-Clause
#include "exec_command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int32_t fail_named(dw_call* call, const char* format, const char* name)
{
    char text[400];
    snprintf(text, sizeof text, format, name);
    return dw_fail(call, text);
}

// Text that can be handed to another program: without a NUL inside.
static int32_t read_text(dw_call* call, dw_value value, const char* name, const char** text)
{
    uint64_t length;
    if (dw_as_str(call, value, text, &length) != DW_OK) return DW_ERROR;
    if (strlen(*text) != length) return fail_named(call, "%.200s holds a NUL, which no program can be given", name);
    return DW_OK;
}

static int32_t read_argv(Command* command, dw_call* call)
{
    uint64_t const count = dw_count(call, dw_args(call));
    if (count == 0) return dw_fail(call, "args is empty: give the command, such as [\"df\", \"-h\"]");
    command->argv = calloc(count + 1, sizeof *command->argv);
    if (!command->argv) return dw_fail(call, "out of memory");
    for (uint64_t i = 0; i < count; ++i) {
        dw_value value;
        char name[40];
        snprintf(name, sizeof name, "args[%llu]", (unsigned long long)i);
        if (dw_at(call, dw_args(call), i, &value) != DW_OK) return DW_ERROR;
        if (read_text(call, value, name, &command->argv[i]) != DW_OK) return DW_ERROR;
    }
    if (*command->argv[0] == '\0') return dw_fail(call, "args[0] is empty: give the name of a program");
    return DW_OK;
}

// Do both texts, "NAME=value", set the same variable?
static int same_variable(const char* a, const char* b)
{
    for (; *a == *b && *a; ++a, ++b) {
        if (*a == '=') return 1;
    }
    return 0;
}

// Looks at the entries of kwargs.env, and adds up the bytes that "NAME=value" of all of them take.
static int32_t measure_changes(dw_call* call, dw_value table, uint64_t* bytes)
{
    for (uint64_t i = 0; i < dw_count(call, table); ++i) {
        const char *name, *text;
        uint64_t length;
        dw_value value;
        if (dw_entry(call, table, i, &name, &length, &value) != DW_OK) return DW_ERROR;
        if (length == 0 || strchr(name, '=') || strlen(name) != length)
            return fail_named(call, "kwargs.env: \"%.200s\" is no name of a variable", name);
        if (read_text(call, value, name, &text) != DW_OK) return DW_ERROR;
        *bytes += length + dw_count(call, value) + 2;
    }
    return DW_OK;
}

static void write_changes(Command* command, dw_call* call, dw_value table)
{
    char* at = command->changed;
    for (uint64_t i = 0; i < dw_count(call, table); ++i) {
        const char *name = "", *text = "";
        uint64_t length;
        dw_value value = 0;
        dw_entry(call, table, i, &name, &length, &value);
        dw_as_str(call, value, &text, &length);
        command->environment[i] = at;
        at += sprintf(at, "%s=%s", name, text) + 1;
    }
}

static int is_changed(const Command* command, uint64_t changes, const char* variable)
{
    for (uint64_t i = 0; i < changes; ++i) {
        if (same_variable(command->environment[i], variable)) return 1;
    }
    return 0;
}

// The environment: what kwargs.env sets, then what the process has beside it.
static int32_t read_environment(Command* command, dw_call* call, dw_value table)
{
    uint64_t bytes = 0, own = 0;
    if (dw_type(call, table) != DW_TYPE_MAP) return dw_get(call, table, "", &table);  // refused in the host's words
    uint64_t const changes = dw_count(call, table);
    uint64_t count = changes;
    if (measure_changes(call, table, &bytes) != DW_OK) return DW_ERROR;
    while (environ && environ[own]) ++own;
    command->environment = calloc(own + changes + 1, sizeof *command->environment);
    command->changed = malloc(bytes + 1);
    if (!command->environment || !command->changed) return dw_fail(call, "out of memory");
    write_changes(command, call, table);
    for (uint64_t i = 0; i < own; ++i) {
        if (!is_changed(command, changes, environ[i])) command->environment[count++] = environ[i];
    }
    return DW_OK;
}

static int32_t expect(Command* command, dw_call* call, dw_value value)
{
    int64_t code;
    if (dw_as_i64(call, value, &code) != DW_OK) return DW_ERROR;
    if (code < 0 || code > 255) return dw_fail(call, "kwargs.exit_codes: exit codes lie between 0 and 255");
    command->expected[code] = 1;
    return DW_OK;
}

static int32_t read_exit_codes(Command* command, dw_call* call, dw_value value)
{
    command->expected[0] = 0;
    if (dw_type(call, value) != DW_TYPE_ARRAY) return expect(command, call, value);
    if (dw_count(call, value) == 0) return dw_fail(call, "kwargs.exit_codes is empty: name at least one");
    for (uint64_t i = 0; i < dw_count(call, value); ++i) {
        dw_value one;
        if (dw_at(call, value, i, &one) != DW_OK || expect(command, call, one) != DW_OK) return DW_ERROR;
    }
    return DW_OK;
}

static int32_t read_form(Command* command, dw_call* call, dw_value value)
{
    static const char* const names[] = {"text", "bytes", "lines", "json"};
    const char* text;
    uint64_t length;
    if (dw_as_str(call, value, &text, &length) != DW_OK) return DW_ERROR;
    for (int i = 0; i < 4; ++i) {
        if (strcmp(text, names[i]) != 0) continue;
        command->form = (StdoutForm)i;
        return DW_OK;
    }
    return fail_named(call, "kwargs.stdout = \"%.100s\" is none of text, bytes, lines, json", text);
}

static int32_t read_option(Command* command, dw_call* call, const char* key, dw_value value)
{
    if (strcmp(key, "env") == 0) return read_environment(command, call, value);
    if (strcmp(key, "cwd") == 0) return read_text(call, value, "kwargs.cwd", &command->cwd);
    if (strcmp(key, "stdin") == 0) return dw_as_str(call, value, &command->input, &command->input_length);
    if (strcmp(key, "exit_codes") == 0) return read_exit_codes(command, call, value);
    if (strcmp(key, "stdout") == 0) return read_form(command, call, value);
    return fail_named(call, "kwargs.%.100s is unknown; run takes env, cwd, stdin, stdout and exit_codes", key);
}

int32_t command_read(Command* command, dw_call* call)
{
    dw_value const options = dw_kwargs(call);
    command->expected[0] = 1;
    command->input = "";
    if (read_argv(command, call) != DW_OK) return DW_ERROR;
    for (uint64_t i = 0; i < dw_count(call, options); ++i) {
        const char* key;
        uint64_t length;
        dw_value value;
        if (dw_entry(call, options, i, &key, &length, &value) != DW_OK) return DW_ERROR;
        if (read_option(command, call, key, value) != DW_OK) return DW_ERROR;
    }
    return DW_OK;
}

void command_free(Command* command)
{
    free(command->argv);
    free(command->environment);
    free(command->changed);
}
