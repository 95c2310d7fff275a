#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# The comparison with the baselines sees every change of the headers' meaning, additions too, and nothing else; and a
# baseline is the same wherever it is made. Arguments: include folders.
import os
import sys
import tempfile

import abi_baseline
import header_mutations as headers


def is_seen(mutation, name, include_folders):
    with tempfile.TemporaryDirectory() as folder:
        includes = headers.copied_headers(include_folders, os.path.join(folder, "include"))
        headers.change(includes, mutation)
        return abi_baseline.difference(name, [includes], folder) != ""


def depends_on_the_place(name, include_folders):
    with tempfile.TemporaryDirectory() as here, tempfile.TemporaryDirectory() as there:
        copy = headers.copied_headers(include_folders, os.path.join(there, "somewhere", "else"))
        return abi_baseline.dump(name, include_folders, here) != abi_baseline.dump(name, [copy], there)


def main():
    include_folders = sys.argv[1:]
    if missing := abi_baseline.missing_tools():
        print("not installed: " + ", ".join(missing))
        return 77
    failed = 0
    for name, mutations in (("plugin", headers.PLUGIN), ("reader", headers.READER)):
        if depends_on_the_place(name, include_folders):
            print(f"not ok: {name}.abi depends on where it is made")
            failed += 1
        for mutation in mutations:
            what, meaning = mutation[:2]
            seen = is_seen(mutation, name, include_folders)
            if seen == (meaning == headers.NOTHING):
                print(f"not ok: {what}: {'taken for a change' if seen else 'not seen'}")
                failed += 1
    print("every change is seen, and nothing else" if not failed else f"{failed} are judged wrongly")
    return 1 if failed else 0


sys.exit(main())
