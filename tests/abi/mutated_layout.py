#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# The ledger's checker fails for every change that breaks plugins, and lets through what only adds. Arguments: the C
# compiler, the folder of this file's neighbours, include folders.
import os
import subprocess
import sys
import tempfile

import header_mutations as headers


def holds(compiler, here, includes, folder):
    """Whether the ledger holds for these headers; one that does not compile any more does not."""
    program = os.path.join(folder, "layout")
    command = [compiler, "-std=gnu11", "-w", f"-I{includes}", os.path.join(here, "layout.c"), "-o", program]
    if subprocess.run(command, capture_output=True).returncode != 0:
        return False
    check = [sys.executable, os.path.join(here, "check_layout.py"), program, os.path.join(here, "layout_v1.txt")]
    return subprocess.run(check, capture_output=True).returncode == 0


def main():
    compiler, here, *include_folders = sys.argv[1:]
    failed = 0
    mutations = headers.PLUGIN + headers.CONSTANTS
    for mutation in mutations:
        with tempfile.TemporaryDirectory() as folder:
            includes = headers.copied_headers(include_folders, os.path.join(folder, "include"))
            headers.change(includes, mutation)
            what, meaning = mutation[:2]
            held = holds(compiler, here, includes, folder)
            if held == (meaning == headers.BREAKS):
                print(f"not ok: {what}: the ledger {'holds all the same' if held else 'does not hold any more'}")
                failed += 1
    print(f"{len(mutations) - failed} of {len(mutations)} changes are judged rightly")
    return 1 if failed else 0


sys.exit(main())
