/* SPDX-License-Identifier: BSD-3-Clause
 *
 * marks.so: whoever loads it finds a mark in the file that $FAULTS_MARK names.
 */
#include <dumbwaiter/plugin.h>

#include <stdio.h>
#include <stdlib.h>

__attribute__((constructor)) static void mark(void)
{
    const char* const file = getenv("FAULTS_MARK");
    FILE* const out = file ? fopen(file, "a") : NULL;
    if (!out) return;
    fputs("loaded\n", out);
    fclose(out);
}

DW_FUNCTION(version, "None of those that a test wants")
{
    return dw_put_i64(call, -1);
}
