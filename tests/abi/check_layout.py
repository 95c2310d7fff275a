#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# Compares what `layout` prints with the ledger. Arguments: the program, the ledger.
import subprocess
import sys

program, ledger = sys.argv[1:]
with open(ledger) as file:
    recorded = [line for line in file.read().splitlines() if line and not line.startswith("#")]
printed = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()

lost = [line for line in recorded if line not in printed]
new = [line for line in printed if line not in recorded]
for line in lost:
    print(f"broken: the ledger promises\n    {line}\nbut it is no more. Fields may only be appended at a struct's end.")
for line in new:
    print(f"not recorded: append this line to layout_v1.txt\n    {line}")
if not lost and not new and printed != recorded:
    print("the ledger's order differs from that of the header: put its lines in the order of the header")
print(f"{len(recorded) - len(lost)} of {len(recorded)} promises hold")
sys.exit(0 if printed == recorded else 1)
