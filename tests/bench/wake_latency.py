# SPDX-License-Identifier: BSD-3-Clause
"""The Python reader of wake_latency.cpp: "0", then the time at which it had each value.

usage: wake_latency.py STORE LAST"""
import sys
import time

import dumbwaiter


def main(path, last):
    store = dumbwaiter.open(path)
    reading, at = store.wait("a"), 0
    while True:
        print(at, flush=True)
        if reading.sequence >= last:
            return
        reading = store.wait("a", after=reading.sequence)
        at = time.monotonic_ns()


main(sys.argv[1], int(sys.argv[2]))
