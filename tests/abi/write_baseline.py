#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# Makes the baselines anew and enters the reason into HISTORY; the work of script/abi-baseline. Arguments: the reason
# (or ""), include folders. Without a reason it only shows what has changed.
import datetime
import sys
import tempfile

import abi_baseline


def changes(include_folders):
    """{name: (what abidiff says, the new text)} of those whose text is another."""
    found = {}
    for name in abi_baseline.CANARIES:
        with tempfile.TemporaryDirectory() as folder:
            text = abi_baseline.dump(name, include_folders, folder)
            try:
                with open(abi_baseline.baseline(name)) as file:
                    before = file.read()
                said = abi_baseline.difference(name, include_folders, folder)
            except FileNotFoundError:
                before, said = "", "new\n"
            if text != before:
                found[name] = said, text
    return found


def main():
    reason, *include_folders = sys.argv[1:]
    if missing := abi_baseline.missing_tools():
        print("not installed: " + ", ".join(missing), file=sys.stderr)
        return 1
    found = changes(include_folders)
    if not found:
        print("the baselines are those of the headers")
        return 0
    for name, (said, _) in found.items():
        print(f"{name}.abi: {said or 'the same meaning, written in another way'}")
    if not reason:
        print("nothing is written: say why it changes, script/abi-baseline \"what is new, and since which version\"")
        return 2
    for name, (_, text) in found.items():
        with open(abi_baseline.baseline(name), "w") as file:
            file.write(text)
    with open(abi_baseline.HISTORY, "a") as file:
        file.write(f"\n{datetime.date.today()}  {reason}\n")
        for name in found:
            file.write(f"    {name}.abi {abi_baseline.checksum(name)}\n")
    return 0


sys.exit(main())
