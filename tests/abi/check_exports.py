#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# A plugin exports the constants of the ABI and nothing else, and needs nothing of the host: no undefined symbol of
# ours, and none that its own libraries (or a sanitizer's runtime) do not have. Arguments: nm, the plugins.
import ctypes
import re
import subprocess
import sys

EXPORT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*__dw1(_serializer)?$")
SANITIZER = re.compile(r"__(asan|ubsan|tsan|lsan|msan)_")


def symbols(nm, which, plugin):
    lines = subprocess.run([nm, "-D", which, plugin], capture_output=True, text=True, check=True).stdout.splitlines()
    return [line.split()[-2:] for line in lines if line]


def faults(nm, plugin):
    defined = symbols(nm, "--defined-only", plugin)
    exports = [(kind, name) for kind, name in defined if kind != "A" and not name.startswith("__odr_asan.")]
    if not exports:
        yield "exports no function"
    for kind, name in exports:
        if not EXPORT.match(name):
            yield f"exports {name}: only SYMBOL__dw1 may leave a plugin"
        elif kind not in "RDV":
            yield f"{name} is of kind {kind}, not a constant"
    for _, name in symbols(nm, "--undefined-only", plugin):
        if name.startswith(("dw_", "_ZN10dumbwaiter", "_ZNK10dumbwaiter")):
            yield f"needs {name} of the host"


def loads(plugin):
    """With every symbol bound at once, in a process that has nothing of ours."""
    try:
        ctypes.CDLL(plugin, mode=2)  # RTLD_NOW
    except OSError as error:
        return str(error)
    return ""


def main():
    nm, *plugins = sys.argv[1:]
    failed = 0
    for plugin in plugins:
        found = list(faults(nm, plugin))
        sanitized = any(SANITIZER.match(name) for _, name in symbols(nm, "--undefined-only", plugin))
        if not sanitized and loads(plugin):
            found.append("does not load alone: " + loads(plugin))
        for fault in found:
            print(f"{plugin}: {fault}")
        failed += bool(found)
    print(f"{len(plugins) - failed} of {len(plugins)} plugins are clean")
    return 1 if failed or not plugins else 0


sys.exit(main())
