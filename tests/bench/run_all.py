# SPDX-License-Identifier: BSD-3-Clause
"""Runs every benchmark, one at a time, and prints one table of what they say; script/bench calls it.

usage: run_all.py BUILD JSON [--quick] [S1 S7 ...]"""
import json
import os
import pathlib
import subprocess
import sys
import time

PYTHON = "/usr/bin/python3"
SOURCES = pathlib.Path(__file__).parent
COLUMNS = ("id", "measure", "ours", "reference", "unit", "ratio", "goal", "met")


def benchmarks(build):
    """What measures which."""
    built = build / "tests/bench"
    python = lambda name, *arguments: [PYTHON, SOURCES / name, *arguments]
    return [
        ({"S1", "S2", "S3"}, [built / "read_newest"]),
        ({"S4"}, [built / "read_peers"]),
        ({"S5"}, python("read_python.py", built / "fill_store")),
        ({"S6"}, [built / "readers_together"]),
        ({"S7", "S8", "S9"}, python("host_cpu.py")),
        ({"S10", "S15"}, python("host_lateness.py")),
        ({"S11"}, [built / "write_groups"]),
        ({"S12", "S13", "S14"}, python("host_growth.py")),
        ({"S16"}, [built / "wake_after_return"]),
    ]


def rows_of(command, environment, quick):
    """The rows that a benchmark prints, as they come; what goes wrong in it does not end the others."""
    words = [str(word) for word in command] + (["--quick"] if quick else [])
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment) as process:
        for line in process.stdout:
            yield json.loads(line)
    if process.returncode != 0:
        print(f"{words[0] if len(words) < 3 else words[1]}: exit {process.returncode}", file=sys.stderr)


def number(value):
    if value is None:
        return "-"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def line(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def main(build, out, *words):
    build, quick = pathlib.Path(build).resolve(), "--quick" in words
    wanted = {word for word in words if word.startswith("S")}
    environment = {**os.environ, "BENCH_BUILD": str(build), "PYTHONPATH": str(SOURCES.parents[1] / "clients/python"),
                   "DUMBWAITER_LIBRARY": str(build / "storage/libdumbwaiter.so.0")}
    began, rows = time.monotonic(), []
    print(line(COLUMNS) + "\n" + line("---" for _ in COLUMNS))
    for ids, command in benchmarks(build):
        if wanted and not wanted & ids:
            continue
        for row in rows_of(command, environment, quick):
            rows.append(row)
            shown = {**row, "ours": number(row["ours"]), "reference": number(row["reference"]),
                     "ratio": number(row["ratio"]), "met": "yes" if row["met"] else "no"}
            print(line(shown[column] for column in COLUMNS), flush=True)
    rows.sort(key=lambda row: int(row["id"][1:]))
    facts = {"machine": os.uname().machine, "cores": os.cpu_count(), "kernel": os.uname().release, "quick": quick,
             "seconds": round(time.monotonic() - began), "rows": rows}
    pathlib.Path(out).write_text(json.dumps(facts, indent=1) + "\n", encoding="utf-8")
    print(f"\n{sum(row['met'] for row in rows)} of {len(rows)} goals met, in {facts['seconds']} s; written to {out}")


main(*sys.argv[1:])
