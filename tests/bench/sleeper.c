/* SPDX-License-Identifier: BSD-3-Clause
 *
 * The least that waking up on time can cost: clock_nanosleep to COUNT times a second for SECONDS, slack of 1 ns. Prints
 * the median and the 99th percentile of how late it was, in nanoseconds. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

static int by_size(const void* a, const void* b)
{
    const long long x = *(const long long*)a, y = *(const long long*)b;
    return (x > y) - (x < y);
}

int main(int argc, char** argv)
{
    const long long second = 1000000000;
    const long count = argc > 1 ? atol(argv[1]) : 1000, seconds = argc > 2 ? atol(argv[2]) : 1;
    const long total = count * seconds;
    long long* late = malloc(sizeof *late * (size_t)total);
    struct timespec now;
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    clock_gettime(CLOCK_MONOTONIC, &now);
    const long long start = now.tv_sec * second + now.tv_nsec;
    for (long i = 0; i < total; i++) {
        const long long due = start + (i + 1) * second / count;
        const struct timespec until = {due / second, due % second};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        clock_gettime(CLOCK_MONOTONIC, &now);
        late[i] = now.tv_sec * second + now.tv_nsec - due;
    }
    qsort(late, (size_t)total, sizeof *late, by_size);
    printf("%lld %lld\n", late[total / 2], late[total * 99 / 100]);
    free(late);
    return 0;
}
