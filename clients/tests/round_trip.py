#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random nested values through each serializer: what a function returned is what a program in C or C++ reads.

usage: round_trip.py PRINT_VALUES    prints the number of values and of differences, of its walk and of its JSON

$ROUND_TRIP_VALUES values a serializer, 10,000 by default.
"""
import base64
import datetime
import json
import math
import os
import pathlib
import struct
import subprocess
import sys

from running_host import TAGGED, Host
from test_round_trip import as_pairs, manifest_and_expected

COMPRESS = os.environ.get("COMPRESS_PLUGIN")
EPOCH = datetime.datetime(1970, 1, 1)


def time_text(unix_ns):
    seconds, below = divmod(unix_ns, 10**9)
    return f"{(EPOCH + datetime.timedelta(seconds=seconds)).isoformat()}.{below:09}Z"


def float_json(number):
    if math.isfinite(number):
        return struct.pack(">d", number)
    return {"f64": "inf" if number > 0 else "-inf"}


def shown(value):
    """A value parsed from JSON, floats by their bits."""
    if isinstance(value, float):
        return struct.pack(">d", value)
    if isinstance(value, list):
        return [shown(child) for child in value]
    if isinstance(value, dict):
        return {key: shown(child) for key, child in value.items()}
    return value


def as_json(tagged):
    """What the JSON of a value in the notation of tagged.c is to say."""
    if isinstance(tagged, list):
        return [as_json(child) for child in tagged]
    if isinstance(tagged, dict):
        return {key: as_json(child) for key, child in tagged.items()}
    kind, text = tagged[0], tagged[2:]
    if kind == "f":
        return float_json(struct.unpack(">d", bytes.fromhex(text))[0])
    if kind == "b":
        return {"base64": base64.b64encode(bytes.fromhex(text)).decode()}
    if kind == "t":
        return time_text(int(text))
    return {"n": lambda: None, "y": lambda: text == "1", "i": lambda: int(text), "s": lambda: text}[kind]()


def same_json(wanted, value):
    # Not ==, for which 1 is True and the order of keys is nothing.
    return repr(wanted) == repr(value)


def main(program):
    manifest, expected = manifest_and_expected()
    host = Host(manifest)
    try:
        host.run_once()
        folders = [str(pathlib.Path(COMPRESS).parent)] if COMPRESS else []
        printed = subprocess.run([program, host.store, *folders], check=True, stdout=subprocess.PIPE).stdout
    finally:
        host.remove()
    wanted = sum(map(len, expected.values()))
    seen = walks = texts = 0
    for line in printed.decode().removesuffix("\n").split("\n"):
        name, walk, text = line.split("\t")
        for value, walked, parsed in zip(expected[name], json.loads(walk), json.loads(text)):
            seen += 1
            walks += as_pairs(value) != walked
            texts += not same_json(as_json(value), shown(parsed))
    print(f"{os.path.basename(program)}: {seen} of {wanted} values, {walks} differences in the walk, {texts} in the JSON")
    return 0 if seen == wanted > 0 and walks == texts == 0 else 1


sys.exit(main(sys.argv[1]) if os.path.exists(TAGGED) else 77)
