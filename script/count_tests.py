#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Sums the tests in meson's testlog.json files: doctest's own cases where a test is a doctest binary, one otherwise.

usage: count_tests.py BROKEN_BUILDS TESTLOG...
Prints "N passed, N failed", where each broken build is one failure; exit 1 if one failed or there was none.
"""
import json
import re
import sys

CASES = re.compile(r"\[doctest\] test cases:\s*\d+ \|\s*(\d+) passed \|\s*(\d+) failed")


def count(test):
    """(passed, failed) of one line of the log."""
    if test["result"] in ("SKIP", "EXPECTEDFAIL"):
        return 0, 0
    is_good = test["result"] == "OK"
    cases = CASES.search(re.sub(r"\x1b\[[0-9;]*m", "", test.get("stdout") or ""))
    if not cases:
        return int(is_good), int(not is_good)
    passed, failed = int(cases[1]), int(cases[2])
    # A binary that fails without a failed case died after its summary: a sanitizer's report, or a crash at exit.
    return passed, failed or int(not is_good)


def main(broken_builds, *logs):
    passed, failed = 0, int(broken_builds)
    for log in logs:
        with open(log, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                good, bad = count(json.loads(line))
                passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main(*sys.argv[1:]))
