# SPDX-License-Identifier: BSD-3-Clause
"""What the benchmarks of whole hosts share: hosts and peers as processes, what they cost, and rows of the table."""
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import dumbwaiter

BUILD = pathlib.Path(os.environ["BENCH_BUILD"])
SOURCES = pathlib.Path(__file__).parent
HOST, PLUGINS = BUILD / "cli/dumbwaiter", BUILD / "tests/plugins"
PYTHON = "/usr/bin/python3"


def tree(pid):
    """A process and its descendants."""
    children = []
    for of_thread in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += [int(child) for child in of_thread.read_text().split()]
        except OSError:
            pass  # the thread has ended
    return [pid] + [below for child in children for below in tree(child)]


def cpu_ns(pid):
    """What a process, all its threads and its descendants have used so far."""
    total = 0
    for one in tree(pid):
        for task in pathlib.Path(f"/proc/{one}/task").glob("*/schedstat"):
            try:
                total += int(task.read_text().split()[0])
            except OSError:
                pass  # it has ended
    return total


def memory(pid, key):
    """Bytes: VmHWM, the peak; RssAnon, what is its own now."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(key + ":"):
            return int(line.split()[1]) * 1024
    return 0


class Process:
    """One that can be stopped while it is not its turn."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen([str(word) for word in command], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, env={**os.environ, **(environment or {})})
        self.pid = self.process.pid

    def signal(self, number):
        for pid in tree(self.pid):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def cpu_of_window(self, seconds):
        """CPU used in a while, in ns, while others are stopped."""
        self.signal(signal.SIGCONT)
        time.sleep(0.3)
        before = cpu_ns(self.pid)
        time.sleep(seconds)
        used = cpu_ns(self.pid) - before
        if self.process.poll() is not None:
            sys.exit(f"a process that was measured has ended, with {self.process.returncode}")
        self.signal(signal.SIGSTOP)
        return used

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.signal(signal.SIGCONT)
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Host(Process):
    """run_dumbwaiter in a folder of its own."""

    def __init__(self, functions, frequency, *, settings=None, together=False, entries="", environment=None,
                 until_running=True):
        self.functions, self.frequency = functions, frequency
        self.folder = tempfile.TemporaryDirectory(prefix="dumbwaiter-bench-")
        self.store = f"{self.folder.name}/store"
        self.manifest = f"{self.folder.name}/dumbwaiter.toml"
        self._write({"durability": "volatile", "isolation": "thread", **(settings or {})}, entries)
        if together:
            subprocess.run([BUILD / "tests/bench/align_functions", self.store, str(functions),
                            str(int(frequency * 1e9))], check=True)
        self.environment = environment
        self._run()
        if until_running:
            self.await_running()

    def _run(self):
        self.began = time.monotonic()
        super().__init__([HOST, "run", "--manifest", self.manifest, "--log-level", "error"], self.environment)

    def restart(self):
        self.process.terminate()
        self.process.wait(120)
        self._run()

    def _write(self, settings, entries):
        keys = {"store": "store", "plugin_path": [str(PLUGINS)], "default_frequency": self.frequency, **settings}
        with open(self.manifest, "w", encoding="ascii") as out:
            out.write("[dumbwaiter]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items()))
            out.write("[functions]\n")
            out.writelines(f'function{i:07} = "tick.so:tick"\n' for i in range(self.functions))
            out.write(entries)

    def status(self):
        """The heartbeat's document, or None."""
        done = subprocess.run([HOST, "status", "--json", "--store", self.store], capture_output=True, check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    def lateness(self, since):
        """p50 and p99 of the invocations that were due after `since` (Unix time), in seconds, from their records: as
        many of each function as its history keeps."""
        late = []
        with dumbwaiter.open(self.store) as store:
            for i in range(self.functions):
                late += [reading.started_ns - reading.due_ns for reading in store.history(f"function{i:07}")
                         if reading.due_ns > since * 1e9]
        late.sort()
        if not late:
            sys.exit(f"nothing was due since {since}")
        return late[len(late) // 2] / 1e9, late[len(late) * 99 // 100] / 1e9

    def await_running(self, patience=300):
        while (status := self.status()) is None or not status["invocations"]:
            if self.process.poll() is not None or time.monotonic() - self.began > patience:
                sys.exit(f"the host of {self.functions} functions did not come up")
            time.sleep(0.2)
        self.to_first = time.monotonic() - self.began
        return status

    def __exit__(self, *arguments):
        super().__exit__(*arguments)
        self.folder.cleanup()


def in_turn(rounds, ours, reference):
    """Medians of both, and of the ratios of neighbours; the first round of both does not count."""
    pairs = [(ours(), reference()) for _ in range(rounds + 1)][1:]
    a, b = (statistics.median(side) for side in zip(*pairs))
    return a, b, statistics.median(x / y for x, y in pairs)


def row(number, measure, unit, ours, reference, ratio, goal, met):
    print(json.dumps({"id": number, "measure": measure, "unit": unit, "ours": round(ours, 4),
                      "reference": reference and round(reference, 4), "ratio": ratio and round(ratio, 4),
                      "goal": goal, "met": bool(met)}), flush=True)
