#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# Fails on every difference between the headers and the baselines, on a baseline without its entry in HISTORY, and on a
# libdumbwaiter.so that exports something else than the canary knows. Arguments: nm, libdumbwaiter.so, include folders.
import re
import subprocess
import sys
import tempfile

import abi_baseline


def exports(nm, library):
    lines = subprocess.run([nm, "-D", "--defined-only", library], capture_output=True, text=True, check=True).stdout
    # The version's own symbol is absolute; a sanitizer adds some of its own.
    rows = [line.split()[-2:] for line in lines.splitlines()]
    return {name for kind, name in rows if kind != "A" and not name.startswith("__odr_asan")}


def faults(nm, library, include_folders, folder):
    for name in abi_baseline.CANARIES:
        if said := abi_baseline.difference(name, include_folders, folder):
            yield f"{name}: the headers are not those of the baseline: script/abi-baseline REASON, if that is meant\n{said}"
        if abi_baseline.checksum(name) != abi_baseline.recorded(name):
            yield f"{name}.abi has no entry in HISTORY: let script/abi-baseline write both"
    with open(abi_baseline.HERE + "/canary_reader.c") as file:
        wanted = {f"{function}@@DUMBWAITER_0" for function in re.findall(r"^FUNCTION\((\w+)\)", file.read(), re.M)}
    for function in wanted ^ exports(nm, library):
        yield f"{function}: exported by libdumbwaiter.so or known to canary_reader.c, and not both"


def main():
    nm, library, *include_folders = sys.argv[1:]
    if missing := abi_baseline.missing_tools():
        print("not installed: " + ", ".join(missing))
        return 77
    with tempfile.TemporaryDirectory() as folder:
        found = list(faults(nm, library, include_folders, folder))
    for fault in found:
        print(fault)
    return 1 if found else 0


sys.exit(main())
