# SPDX-License-Identifier: BSD-3-Clause
"""A running host in a folder of its own, for the tests."""
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import dumbwaiter

RUN = os.environ.get("RUN_DUMBWAITER", "run_dumbwaiter")
PLUGINS = os.environ.get("TEST_PLUGINS", "")
TAGGED = os.environ.get("TAGGED_PLUGIN", "")

MANIFEST = f"""
[dumbwaiter]
default_frequency = 0.05
[functions]
tick = "{PLUGINS}/tick.so:tick"
silent = "{PLUGINS}/tick.so:silent"
fails = "{PLUGINS}/tick.so:fails"
throws = "{PLUGINS}/throws.so:std_exception"
png = "{PLUGINS}/raw.so:png"
[functions.slow]
function = "{PLUGINS}/tick.so:sequence"
frequency = 0.4
on_start = "always"
[functions.once]
function = "{PLUGINS}/echo.so:echo"
frequency = 86400
serializer = "cbor"
args = [1, 2.5, "x", 2026-01-02T03:04:05.123456789Z]
"""


class Host:
    """A host that runs MANIFEST, or another, until stop()."""

    def __init__(self, manifest=MANIFEST):
        self._folder = tempfile.TemporaryDirectory(prefix="dumbwaiter-test-")
        self.folder = pathlib.Path(self._folder.name)
        self.store = str(self.folder / "dumbwaiter.store")
        (self.folder / "dumbwaiter.toml").write_text(manifest, "utf-8")
        self._process = None

    def start(self):
        command = [RUN, "--manifest", str(self.folder / "dumbwaiter.toml"), "--log-level", "error"]
        self._process = subprocess.Popen(command)

    def run_once(self, expects_failures=False):
        command = [RUN, "--manifest", str(self.folder / "dumbwaiter.toml"), "--once"]
        subprocess.run(command, check=not expects_failures, stderr=subprocess.DEVNULL)

    def stop(self):
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def remove(self):
        self.stop()
        self._folder.cleanup()


def when_open(path, tries=200):
    """The store, as soon as the host has made it."""
    for _ in range(tries):
        try:
            return dumbwaiter.open(path)
        except dumbwaiter.NoStore:
            time.sleep(0.05)
    raise AssertionError("the host made no store")


class HostCase(unittest.TestCase):
    """Tests of one running host; `store` is open once it has a first `tick`."""

    @classmethod
    def setUpClass(cls):
        cls.host = Host()
        cls.addClassCleanup(cls.host.remove)
        cls.host.start()
        cls.store = when_open(cls.host.store)
        cls.addClassCleanup(cls.store.close)
        for name in ("tick", "silent", "png", "slow", "once"):
            assert cls.store.wait(name, timeout=20), f"no {name} came"


def python(code, **environment):
    """Runs code in another interpreter; its output."""
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **environment}, check=True,
                          stdout=subprocess.PIPE, timeout=60)
    return done.stdout.decode()
