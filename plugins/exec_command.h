// SPDX-License-Identifier: BSD-3-Clause
//
// What libexec.so is asked to run: argv, environment, folder, stdin, and what is expected of it.
#pragma once

#include <dumbwaiter/plugin.h>

typedef enum { kStdoutText, kStdoutBytes, kStdoutLines, kStdoutJson } StdoutForm;

// Pointers into the call's arguments, but for the two arrays, which command_free frees.
typedef struct {
    const char** argv;         // ends with NULL
    const char** environment;  // the process's own and what kwargs.env changes; ends with NULL
    char* changed;             // the text of what kwargs.env sets
    const char* cwd;           // NULL: the manifest's folder
    const char* input;         // of stdin
    uint64_t input_length;
    unsigned char expected[256];  // 1 for each exit code that is no failure
    StdoutForm form;
} Command;

// Reads args and kwargs into a Command that is all zeros. Returns DW_OK, or DW_ERROR after the report was set.
int32_t command_read(Command* command, dw_call* call);
void command_free(Command* command);
