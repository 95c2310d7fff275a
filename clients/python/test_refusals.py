# SPDX-License-Identifier: BSD-3-Clause
"""Stores that are missing, broken or unnamed, and values that are damaged."""
import json
import os
import pathlib
import pickle
import tempfile
import unittest
from unittest import mock

import dumbwaiter
from dumbwaiter import decoding, manifest, places
from running_host import PLUGINS, Host, python

DATA_PAGE = 4096


class Refusals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def test_a_missing_store_is_named(self):
        with self.assertRaisesRegex(dumbwaiter.NoStore, "nowhere") as caught:
            dumbwaiter.open(self.folder / "nowhere")
        self.assertEqual(caught.exception.code, -18)

    def test_what_is_no_store_is_refused(self):
        (self.folder / "data.mdb").write_bytes(b"x" * 3 * DATA_PAGE)
        with self.assertRaises(dumbwaiter.Error):
            dumbwaiter.open(self.folder)

    def test_an_empty_path_is_refused(self):
        with self.assertRaises(dumbwaiter.Error):
            dumbwaiter.open("")

    def test_a_damaged_value_raises(self):
        host = Host()
        self.addCleanup(host.remove)
        host.run_once(expects_failures=True)
        data = pathlib.Path(host.store, "data.mdb")
        png = b"\x89PNG\r\n\x1a\n"
        data.write_bytes(data.read_bytes().replace(png, b"\x89PNX\r\n\x1a\n"))
        store = dumbwaiter.open(host.store)
        for read in (store.get_value, store.get, store.wait):
            with self.assertRaises(dumbwaiter.Damaged):
                read("png")
        damaged = store.history("png")[0]
        self.assertEqual((damaged.outcome, damaged.raw), ("damaged", b""))
        with self.assertRaises(dumbwaiter.Damaged):
            _ = damaged.value
        self.assertEqual(store.get_value("once")[0], 1)

    def test_bytes_that_do_not_decode_raise(self):
        for serializer, payload in (
            (decoding.JSON, b""), (decoding.JSON, b"[1"), (decoding.JSON, b"NaN"), (decoding.JSON, b"\xff"),
            (decoding.JSON, b"[" * 100000), (decoding.MSGPACK, b"\x92\x01"), (decoding.CBOR, b"\x82\x01"),
            (decoding.MSGPACK, b""), (decoding.CBOR, b""),
        ):
            with self.subTest(payload=payload[:10]), self.assertRaises(dumbwaiter.Damaged):
                decoding.decode(None, serializer, payload)

    def test_a_serializer_of_a_plugin_is_refused_by_number(self):
        with self.assertRaisesRegex(dumbwaiter.Unsupported, "200"):
            decoding.decode(None, 200, b"x")

    def test_a_serializer_is_loaded_from_an_allowed_folder_only(self):
        host = Host(f'[functions.n]\nfunction = "{PLUGINS}/echo.so:echo"\nargs = [1, "x"]\n'
                    f'serializer = "{PLUGINS}/serializers.so:hex"\n')
        self.addCleanup(host.remove)
        host.run_once()
        store = dumbwaiter.open(host.store)
        reading = store.get("n")
        for read in (lambda: store.get_value("n"), lambda: reading.value):
            with self.assertRaisesRegex(dumbwaiter.Unsupported, "serializers.so"):
                read()
        undecoded = pickle.dumps(reading)
        with self.assertRaisesRegex(dumbwaiter.Error, "nowhere"):
            store.allow_plugins("/nowhere")
        store.allow_plugins(PLUGINS)
        self.assertEqual(store.get_value("n"), [1, "x"])
        sent = pickle.dumps(store.get("n"))
        store.close()
        self.assertEqual((reading.value, reading.serializer), ([1, "x"], "128"))
        self.assertEqual(pickle.loads(sent).value, [1, "x"])  # decoded before it went, as its plugin stays here
        with self.assertRaises(dumbwaiter.Unsupported):
            _ = pickle.loads(undecoded).value

    def test_no_library_is_an_error_that_names_the_variable(self):
        code = "import dumbwaiter\ntry: dumbwaiter.open('x')\nexcept dumbwaiter.NoStore as e: print(e)"
        self.assertIn("DUMBWAITER_LIBRARY", python(code, DUMBWAITER_LIBRARY="/nonexistent/lib.so"))


class Places(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(self.folder)
        patched = mock.patch.dict(os.environ, {"XDG_CONFIG_HOME": str(self.folder / "config")})
        patched.start()
        self.addCleanup(patched.stop)
        for name in ("DUMBWAITER_STORE", "DUMBWAITER_MANIFEST"):
            os.environ.pop(name, None)

    def test_nothing_named_is_no_store(self):
        with self.assertRaisesRegex(dumbwaiter.NoStore, "DUMBWAITER_STORE"):
            dumbwaiter.get_value("count")

    def test_the_order_is_variable_manifest_folder_user(self):
        users = self.folder / "config" / "dumbwaiter" / "dumbwaiter.toml"
        users.parent.mkdir(parents=True)
        users.write_text('[dumbwaiter]\nstore = "users"\n')
        self.assertEqual(places.find_store(), str(users.parent / "users"))
        pathlib.Path("dumbwaiter.toml").write_text("[functions]\n")
        self.assertEqual(places.find_store(), "dumbwaiter.store")
        os.environ["DUMBWAITER_MANIFEST"] = str(users)
        self.assertEqual(places.find_store(), str(users.parent / "users"))
        os.environ["DUMBWAITER_STORE"] = "/named"
        self.assertEqual(places.find_store(), "/named")

    def test_a_manifest_that_cannot_be_read_is_named(self):
        os.environ["DUMBWAITER_MANIFEST"] = "missing.toml"
        with self.assertRaisesRegex(dumbwaiter.NoStore, "missing.toml"):
            places.find_store()

    def test_the_key_is_read_without_a_toml_parser_as_with_one(self):
        table = pathlib.Path(__file__).resolve().parent.parent / "tests" / "manifest_stores.json"
        for text, store in json.loads(table.read_text("utf-8")):
            with self.subTest(text):
                if store is False:
                    with self.assertRaises(ValueError):
                        manifest.store_key(text)
                    with self.assertRaises(dumbwaiter.NoStore):
                        pathlib.Path("m.toml").write_bytes(text.encode())
                        places._store_of(pathlib.Path("m.toml"))
                else:
                    self.assertEqual(manifest.store_key(text), store)
                    self.assertEqual(places._parse(text), "dumbwaiter.store" if store is None else store)


if __name__ == "__main__":
    unittest.main()
