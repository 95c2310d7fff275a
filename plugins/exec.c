// SPDX-License-Identifier: BSD-3-Clause
//
// libexec.so: `run` runs a command, no shell around it, and its stdout is the value.
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "exec_exchange.h"
#include "file_text.h"
#include "json_text.h"

// The end of stderr as one line's worth of text, from a letter's start on.
static void append_stderr(char* text, size_t room, const Exchange* exchange)
{
    const char* at = exchange->err;
    size_t length = exchange->err_length;
    while (length && (at[length - 1] == '\n' || at[length - 1] == ' ')) --length;
    if (length == 0) return;
    while (length && ((unsigned char)*at & 0xc0u) == 0x80u) ++at, --length;
    size_t const used = strlen(text);
    snprintf(text + used, room - used, "; stderr: %.*s", (int)length, at);
}

static int32_t fail_status(dw_call* call, const Command* command, const Exchange* exchange, int status)
{
    char text[sizeof exchange->err + 400];
    if (WIFSIGNALED(status)) {
        const char* const name = sigabbrev_np(WTERMSIG(status));
        snprintf(text, sizeof text, "%.200s was killed by SIG%s", command->argv[0], name ? name : "?");
    } else {
        snprintf(text, sizeof text, "%.200s exited with %d", command->argv[0], WEXITSTATUS(status));
    }
    append_stderr(text, sizeof text, exchange);
    return dw_fail(call, text);
}

// At the deadline: the host's report is made of this, after its own words.
static void say_killed(dw_call* call, const Command* command, const Exchange* exchange)
{
    char text[sizeof exchange->err + 400];
    snprintf(text, sizeof text, "%.200s was killed", command->argv[0]);
    append_stderr(text, sizeof text, exchange);
    dw_fail(call, text);
}

// Warnings of a command that did well.
static void log_stderr(dw_call* call, const Command* command, const Exchange* exchange)
{
    char text[sizeof exchange->err + 400] = "";
    append_stderr(text, sizeof text, exchange);
    const char* const said = strchr(text, ':');
    if (!said) return;
    char line[sizeof text + 400];
    snprintf(line, sizeof line, "%.200s said on stderr%s", command->argv[0], said);
    dw_log(call, DW_LOG_INFO, line);
}

static int32_t fail_stdout(dw_call* call, const char* data, size_t good)
{
    char text[300];
    snprintf(text, sizeof text,
             "stdout is not UTF-8 (byte 0x%02x at offset %zu): set kwargs = { stdout = \"bytes\" } and serializer = "
             "\"raw\", \"msgpack\" or \"cbor\"",
             (unsigned)(unsigned char)data[good], good);
    return dw_fail(call, text);
}

static int32_t put_lines(dw_call* call, const char* at, const char* end)
{
    dw_open_array(call);
    while (at < end) {
        const char* const newline = memchr(at, '\n', (size_t)(end - at));
        const char* const stop = newline ? newline : end;
        dw_put_str(call, at, (uint64_t)(stop - at));
        at = stop + 1;
    }
    return dw_close(call);
}

static int32_t put_stdout(dw_call* call, StdoutForm form, const Exchange* exchange)
{
    const char* const data = exchange->out ? exchange->out : "";
    size_t const length = exchange->out_length;
    if (form == kStdoutBytes) return dw_put_bytes(call, data, length);
    size_t const good = utf8_prefix(data, length);
    if (good != length) return fail_stdout(call, data, good);
    switch (form) {
        case kStdoutLines: return put_lines(call, data, data + length);
        case kStdoutJson: return put_json(call, data, length, "stdout");
        default: return dw_put_str(call, data, length);
    }
}

static int is_expected(const Command* command, int status)
{
    return WIFEXITED(status) && command->expected[WEXITSTATUS(status)];
}

static int32_t run_command(dw_call* call, const Command* command)
{
    Process process;
    Exchange taken;
    memset(&taken, 0, sizeof taken);
    int32_t code = process_start(&process, command, call);
    if (code != DW_OK) return code;
    code = exchange(&taken, &process, command, call);
    int const status = process_end(&process, code != DW_OK);
    if (code == DW_OK && !is_expected(command, status)) code = fail_status(call, command, &taken, status);
    if (code == DW_CANCELLED) say_killed(call, command, &taken);
    if (code == DW_OK) log_stderr(call, command, &taken);
    if (code == DW_OK) code = put_stdout(call, command->form, &taken);
    free(taken.out);
    return code;
}

#define RUN_ARGS                                                                                                     \
    "{\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": \"string\"}, \"kwargs\": {\"properties\": {"       \
    "\"env\": {\"type\": \"object\", \"additionalProperties\": {\"type\": \"string\"}}, "                            \
    "\"cwd\": {\"type\": \"string\"}, \"stdin\": {\"type\": \"string\"}, "                                           \
    "\"stdout\": {\"enum\": [\"text\", \"bytes\", \"lines\", \"json\"]}, "                                           \
    "\"exit_codes\": {\"anyOf\": [{\"type\": \"integer\", \"minimum\": 0, \"maximum\": 255}, {\"type\": \"array\", " \
    "\"minItems\": 1, \"items\": {\"type\": \"integer\", \"minimum\": 0, \"maximum\": 255}}]}}, "                    \
    "\"additionalProperties\": false}}"

DW_FUNCTION_EX(run,
               "Runs a command (args = argv, no shell), its stdout is the value; kwargs env, cwd, stdin, stdout = text "
               "| bytes | lines | json, exit_codes = 0",
               0, NULL, NULL, RUN_ARGS, NULL, DW_SECONDS(60))
{
    Command command;
    memset(&command, 0, sizeof command);
    int32_t code = command_read(&command, call);
    if (code == DW_OK) code = run_command(call, &command);
    command_free(&command);
    return code;
}
