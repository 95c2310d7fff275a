#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What reloads cost a host that works, and how many runs a dogpile gets.

    PROGRAMS=build/cli TEST_PLUGINS=build/tests/plugins meson devenv -C build ../tests/bench/live_operation.py \\
        [--reloads 1000] [--functions 1000] [--large 100000] [--askers 500]

Reloads change, in turn, the manifest and a library that two functions use, while `--functions` others are due each
second. Missed: due times of these that have no value, out of their whole history."""
import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import tempfile
import time

import dumbwaiter

PROGRAMS = pathlib.Path(os.environ["PROGRAMS"]).resolve()
PLUGINS = pathlib.Path(os.environ["TEST_PLUGINS"]).resolve()


class World:
    def __init__(self, settings=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dumbwaiter-bench-"))
        self.settings = settings
        self.host = None

    def write(self, functions):
        text = f'[dumbwaiter]\nplugin_path = ["{PLUGINS}"]\nwatch = false\ndurability = "volatile"\n{self.settings}\n{functions}'
        (self.folder / "new.toml").write_text(text)
        (self.folder / "new.toml").rename(self.folder / "dumbwaiter.toml")

    def start(self):
        self.log = open(self.folder / "log", "w")
        self.host = subprocess.Popen([PROGRAMS / "run_dumbwaiter"], cwd=self.folder, stderr=self.log)
        while self.run("status", check=False).returncode != 0:
            time.sleep(0.05)

    def run(self, *arguments, check=True):
        return subprocess.run([PROGRAMS / "dumbwaiter", *arguments], cwd=self.folder, check=check, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def status(self):
        return json.loads(self.run("status", "--json").stdout)

    def store(self):
        return dumbwaiter.open(self.folder / "dumbwaiter.store")

    def stop(self):
        self.host.send_signal(signal.SIGTERM)
        code = self.host.wait(30)
        shutil.rmtree(self.folder)
        return code


def many(count, frequency, more=""):
    lines = (f'[functions.f{i:06}]\nfunction = "tick.so:silent"\nfrequency = {frequency}\n{more}' for i in range(count))
    return "\n".join(lines)


def missed(store, name):
    dues = [reading.due for reading in store.history(name)]
    # A first invocation comes beside the grid, less than a second before it.
    return sum(max(round((newer - older).total_seconds()) - 1, 0) for newer, older in zip(dues, dues[1:]))


def storm(reloads, functions):
    world = World()
    steady = many(functions, 1, "max_saved = 5000\n")
    versioned = f'[functions.v]\nfunction = "{world.folder}/version.so:version"\nfrequency = 0.5\n'

    def take(version):
        shutil.copy(PLUGINS / f"version_{version}.so", world.folder / "copy.so")
        (world.folder / "copy.so").rename(world.folder / "version.so")

    take(1)
    world.write(steady + "\n" + versioned)
    world.start()
    time.sleep(3)
    before, times = world.status(), []
    for i in range(reloads):
        if i % 2 == 0:
            extra = f'[functions.extra{i % 7}]\nfunction = "echo.so:echo"\nfrequency = 0.5\nargs = [{i}]\n'
            world.write("\n".join((steady, versioned, extra)))
        else:
            take(1 + i // 2 % 2)
        began = time.monotonic()
        world.run("reload")
        times.append(time.monotonic() - began)
    time.sleep(2)
    after, store = world.status(), world.store()
    lost = sum(missed(store, f"f{i:06}") for i in range(functions))
    values = sum(store.get(f"f{i:06}").sequence for i in range(functions))
    print(f"{reloads} reloads under {functions} functions at 1 s: {values} values, {lost} due times missed, "
          f"{after['skipped'] - before['skipped']} skipped of all, host RSS {before['rss'] / 2**20:.1f} -> "
          f"{after['rss'] / 2**20:.1f} MiB, {len(after['children'])} children, a reload p50 "
          f"{statistics.median(times) * 1e3:.0f} ms, max {max(times) * 1e3:.0f} ms; exit {world.stop()}")


def one_large(functions):
    world = World()
    body = many(functions, 3600)
    world.write(body)
    world.start()
    world.write(body + '\n[functions.extra]\nfunction = "echo.so:echo"\nfrequency = 1\n')
    began = time.monotonic()
    said = world.run("reload").stdout.strip()
    print(f"one reload with {functions} functions: {time.monotonic() - began:.2f} s ({said}); exit {world.stop()}")


def drop():
    times = []
    for _ in range(10):
        world = World()
        shutil.copy(PLUGINS / "version_1.so", world.folder / "version.so")
        world.settings = ""
        world.write(f'[functions.v]\nfunction = "{world.folder}/version.so:version"\nfrequency = 0.05\n')
        path = world.folder / "dumbwaiter.toml"
        path.write_text(path.read_text().replace("watch = false", "watch = true"))
        world.start()
        store = world.store()
        while store.get_value("v") != 1:
            time.sleep(0.005)
        shutil.copy(PLUGINS / "version_2.so", world.folder / "copy.so")
        began = time.monotonic()
        (world.folder / "copy.so").rename(world.folder / "version.so")
        while store.get_value("v") != 2:
            time.sleep(0.002)
        times.append(time.monotonic() - began)
        world.stop()
    print(f"from a dropped library to its first value, at 0.05 s: p50 {statistics.median(times) * 1e3:.0f} ms, "
          f"max {max(times) * 1e3:.0f} ms of {len(times)} (0.1 s of it is the quiet that is waited for)")


def dogpile(askers):
    world = World()
    world.write('[functions.slow]\nfunction = "tick.so:slow_tick"\nfrequency = 3600\non_start = "always"\n')
    world.start()
    store = world.store()
    store.wait("slow", 0, 20)
    time.sleep(12)
    command = [PROGRAMS / "dumbwaiter", "get", "slow", "--max-age", "10"]
    asked = [subprocess.Popen(command, cwd=world.folder, stdout=subprocess.PIPE, text=True) for _ in range(askers)]
    answers = [one.communicate()[0].strip() for one in asked]
    runs = store.get("slow").sequence - 1
    print(f"{askers} processes ask for a value of 10 s at most: {runs} run, answers {sorted(set(answers))}, "
          f"{answers.count('2')} of them the new value; exit {world.stop()}")


def main():
    parser = argparse.ArgumentParser()
    for option, value in (("--reloads", 1000), ("--functions", 1000), ("--large", 100000), ("--askers", 500)):
        parser.add_argument(option, type=int, default=value)
    options = parser.parse_args()
    dogpile(options.askers)
    drop()
    storm(options.reloads, options.functions)
    one_large(options.large)


if __name__ == "__main__":
    main()
