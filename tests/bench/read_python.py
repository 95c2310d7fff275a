# SPDX-License-Identifier: BSD-3-Clause
"""S5: an integer read in Python by dumbwaiter, beside py-lmdb's get and json.loads.

usage: read_python.py FILL_STORE [--quick]"""
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import lmdb

import dumbwaiter

NAMES, READS, BYTES = 1000, 2000, 5
HEADER = 64


def in_turn(rounds, ours, reference):
    """Medians of both costs, and of the ratios of neighbours."""
    pairs = [(ours(), reference()) for _ in range(rounds + 1)][1:]
    medians = [statistics.median(side) for side in zip(*pairs)]
    return *medians, statistics.median(a / b for a, b in pairs)


def each_ns(read, names):
    start = time.perf_counter_ns()
    for name in names:
        read(name)
    return (time.perf_counter_ns() - start) / len(names)


def main(fill, quick):
    os.sched_setaffinity(0, {0})
    with tempfile.TemporaryDirectory() as folder:
        ours, raw = f"{folder}/ours", f"{folder}/raw"
        subprocess.run([fill, ours, str(NAMES), str(BYTES)], check=True)
        shutil.copytree(ours, raw)
        store = dumbwaiter.open(ours)
        environment = lmdb.open(raw, readonly=True, map_size=0)

        # The least that gives a fresh value; the record's header is passed over unread.
        def reference(name):
            with environment.begin() as transaction:
                return json.loads(transaction.get(name.encode())[HEADER:])

        names = [f"function{i % NAMES:07}" for i in range(READS)]
        random.Random(1).shuffle(names)
        assert store.get_value(names[0]) == reference(names[0])
        a, b, ratio = in_turn(15 if quick else 101, lambda: each_ns(store.get_value, names), lambda: each_ns(reference, names))
        print(json.dumps({"id": "S5", "measure": "Python get_value of an integer", "unit": "ns", "ours": a,
                          "reference": b, "ratio": round(ratio, 3), "goal": "<= 1.2 x", "met": ratio <= 1.2}))


main(sys.argv[1], "--quick" in sys.argv)
