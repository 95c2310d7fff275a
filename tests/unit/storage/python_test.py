# SPDX-License-Identifier: BSD-3-Clause
#
# Reads a store by the format alone, with py-lmdb; exit 77 (skipped) without it. Usage: python_test.py MAKE_STORE
import struct
import subprocess
import sys
import tempfile

try:
    import lmdb
except ImportError:
    sys.exit(77)

HEADER = struct.Struct("<2sBBHBBQqqqqQII")


def payload(record):
    magic, version, _, size, *_, length, _, _ = HEADER.unpack(record[:64])
    assert (magic, version) == (b"DW", 1), record[:64]
    assert len(record) == size + length
    return record[size:]


with tempfile.TemporaryDirectory() as folder:
    store = folder + "/store"
    subprocess.run([sys.argv[1], store], check=True)
    with lmdb.open(store, readonly=True, map_size=0, max_dbs=8) as environment:
        history = environment.open_db(b"#history", create=False)
        with environment.begin() as txn:
            assert payload(txn.get(b"seed")) == b"3"
            rows = [(key, payload(record)) for key, record in txn.cursor(db=history)]
            names = [key for key, _ in txn.cursor() if not key.startswith(b"#")]
    assert rows == [(b"seed\0" + (2**64 - 1 - n).to_bytes(8, "big"), str(n).encode()) for n in (2, 1)], rows
    assert names == [b"seed"], names
