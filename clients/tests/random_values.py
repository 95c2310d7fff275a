#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Random nested values, in the notation of tagged.c.

usage: random_values.py PLUGIN COUNT    prints a manifest whose functions json_0 .. cbor_9 return COUNT values for each
                                        serializer, and last, in a comment, what they return, as one line of JSON

$COMPRESS_PLUGIN names libcompress.so, if there is one: zstd_0 .. zstd_9 go through it.
"""
import json
import os
import random
import struct
import sys

FUNCTIONS = 10
LETTERS = "aZ09 \t\n\r\"\\/'{}[]:;\x7f\0é漢😀\u2028\ufeff"
INTEGERS = [0, 1, -1, 2**31, 2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 2**63, 2**64 - 1]
FLOATS = [0.0, -0.0, 1.0, 0.1, 1e21, 5e-324, 1.7976931348623157e308, 1 / 3, -2.5, 1e16, 123456789012345680.0]
ODD_FLOATS = [float("inf"), float("-inf")]
TIMES = [0, -1, 1, 999, 10**18 + 123456789, -(10**18), 2**63 - 1, -(2**63)]


def text(source):
    return "".join(source.choice(LETTERS) for _ in range(source.choice([0, 1, 3, 17, 40])))


def bits(number):
    return struct.pack(">d", number).hex()


def scalar(source, serializer):
    kind = source.choice("nyiifffss" if serializer == "json" else "nyiifffssbbt")
    if kind == "y":
        return f"y:{source.randrange(2)}"
    if kind == "i":
        return f"i:{source.choice([source.choice(INTEGERS), source.randint(-(2**63), 2**64 - 1)])}"
    if kind == "f":
        odd = [] if serializer == "json" else ODD_FLOATS
        return "f:" + bits(source.choice([source.choice(FLOATS + odd), source.gauss(0, 1), source.random() * 1e300]))
    if kind == "s":
        return "s:" + text(source)
    if kind == "b":
        return "b:" + source.randbytes(source.choice([0, 1, 8, 100])).hex()
    if kind == "t":
        return f"t:{source.choice([source.choice(TIMES), source.randint(-(2**63), 2**63 - 1)])}"
    return "n:"


def value(source, serializer, depth=0):
    kind = source.random()
    if depth > 4 or kind < 0.6:
        return scalar(source, serializer)
    size = source.choice([0, 1, 2, 5])
    if kind < 0.8:
        return [value(source, serializer, depth + 1) for _ in range(size)]
    keys = {source.choice(["__proto__", "constructor", "", "7", text(source)]): None for _ in range(size)}
    return {key: value(source, serializer, depth + 1) for key in keys}


def toml(tagged):
    if isinstance(tagged, list):
        return "[" + ", ".join(map(toml, tagged)) + "]"
    if isinstance(tagged, dict):
        return "{" + ", ".join(f"{toml(key)} = {toml(child)}" for key, child in tagged.items()) + "}"
    return json.dumps(tagged, ensure_ascii=False).replace("\x7f", "\\u007f")


def main(plugin, count):
    source = random.Random(3)
    expected = {}
    print("[dumbwaiter]\ndefault_frequency = 3600\n")
    entries = {name: f'"{name}"' for name in ("json", "msgpack", "cbor")}
    if compress := os.environ.get("COMPRESS_PLUGIN"):
        entries["zstd"] = toml(compress + ":zstd") + '\nserializer_options = { around = "cbor" }'
    for serializer, entry in entries.items():
        for index in range(FUNCTIONS):
            name = f"{serializer}_{index}"
            expected[name] = [value(source, serializer) for _ in range(count // FUNCTIONS)]
            print(f"[functions.{name}]\nfunction = {toml(plugin + ':untag')}\nserializer = {entry}")
            print(f"args = [{toml(expected[name])}]\n")
    print("#", json.dumps(expected))


main(sys.argv[1], int(sys.argv[2]))
