# SPDX-License-Identifier: BSD-3-Clause
"""Random nested values through each serializer: what a function returned is what the client reads.

$ROUND_TRIP_VALUES values a serializer, 10,000 by default."""
import json
import os
import pathlib
import struct
import subprocess
import sys
import unittest

import dumbwaiter
from running_host import TAGGED, Host

VALUES = int(os.environ.get("ROUND_TRIP_VALUES", "10000"))
GENERATOR = pathlib.Path(__file__).resolve().parent.parent / "tests" / "random_values.py"


def tag(value):
    """A value in the notation of tagged.c, maps as lists of pairs."""
    kind = type(value)
    if kind is list:
        return [tag(child) for child in value]
    if kind is dict:
        return {"map": [[key, tag(child)] for key, child in value.items()]}
    if kind is bool:
        return f"y:{int(value)}"
    if kind is float:
        return "f:" + struct.pack(">d", value).hex()
    if kind is bytes:
        return "b:" + value.hex()
    if kind is dumbwaiter.Time:
        return f"t:{value.unix_ns}"
    return "n:" if value is None else f"i:{value}" if kind is int else f"s:{value}"


def as_pairs(tagged):
    if isinstance(tagged, list):
        return [as_pairs(child) for child in tagged]
    if isinstance(tagged, dict):
        return {"map": [[key, as_pairs(child)] for key, child in tagged.items()]}
    return tagged


def manifest_and_expected():
    """A manifest whose functions return the values, and the values by function, in the notation of tagged.c."""
    manifest = subprocess.run([sys.executable, str(GENERATOR), TAGGED, str(VALUES)], check=True,
                              stdout=subprocess.PIPE, env={**os.environ, "PYTHONUTF8": "1"}).stdout.decode()
    return manifest, json.loads(manifest[manifest.rindex("\n#") + 2:])


class RoundTrip(unittest.TestCase):
    @unittest.skipUnless(os.path.exists(TAGGED), "TAGGED_PLUGIN does not name tagged.so")
    def test_no_value_differs(self):
        manifest, expected = manifest_and_expected()
        host = Host(manifest)
        self.addCleanup(host.remove)
        host.run_once()
        store = dumbwaiter.open(host.store)
        compress = os.environ.get("COMPRESS_PLUGIN")
        if compress:
            store.allow_plugins(pathlib.Path(compress).parent)
        seen = differences = 0
        for name, values in expected.items():
            for wanted, value in zip(values, store.get_value(name)):
                seen += 1
                differences += tag(value) != as_pairs(wanted)
        print(f"Python: {seen} values, {differences} differences")
        self.assertEqual((seen, differences), ((4 if compress else 3) * VALUES, 0))


if __name__ == "__main__":
    unittest.main()
