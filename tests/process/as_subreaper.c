/* SPDX-License-Identifier: BSD-3-Clause
 *
 * as_subreaper PROGRAM ARGUMENTS...: runs it in this process, on which the orphans below it land. */
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char** argv)
{
    if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return 126;
    execv(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
