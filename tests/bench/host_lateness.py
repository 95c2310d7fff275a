# SPDX-License-Identifier: BSD-3-Clause
"""S10, S15: how late functions start, also while others hang, and while the disk stalls."""
import subprocess
import sys
import time

from workplace import BUILD, Host, row

FUNCTIONS = 1000
TICK = 0.01  # of a frequency of 1 s
HANGING = "".join(f'hang{i} = "hangs.so:forever"\n' for i in range(8))


SETTLED = 3  # seconds: the first invocations are over, and what hangs has given its slots back


def lateness(seconds, **options):
    """p50 and p99 after the start, in seconds, and the last heartbeat."""
    settings = {"default_saved": seconds + 5, **options.pop("settings", {})}
    with Host(FUNCTIONS, 1, settings=settings, **options) as host:
        time.sleep(SETTLED)
        since = time.time()
        time.sleep(seconds)
        return *host.lateness(since), host.status()


def sleeper(seconds):
    done = subprocess.run([BUILD / "tests/bench/sleeper", "1000", str(seconds)], capture_output=True, check=True)
    return [int(word) / 1e9 for word in done.stdout.split()]


def beside_nanosleep(what, seconds, **options):
    least = sleeper(seconds)
    late = lateness(seconds, **options)
    for name, ours, its, times in (("p50", late[0], least[0], 2), ("p99", late[1], least[1], 5)):
        row("S10", f"lateness {name}, 1,000 at 1 s{what}; reference: clock_nanosleep", "ms", ours * 1e3, its * 1e3,
            ours / its, f"<= {times} x + tick (10 ms)", ours <= times * its + TICK)


def beside_a_quiet_disk(seconds):
    settings = {"durability": "full"}
    shim = {"LD_PRELOAD": str(BUILD / "tests/bench/slow_sync.so"), "SLOW_SYNC_MS": "700"}
    _, quiet, _ = lateness(seconds, settings=settings)
    _, stalled, status = lateness(seconds, settings=settings, environment=shim)
    met = stalled <= 1.2 * quiet and status["dropped"] == 0
    row("S15", f"lateness p99, full, every 10th fdatasync takes 0.7 s; reference: none does; {status['pending']} of "
        f"{status['values']} values waited at the end, {status['dropped']} were dropped", "ms", stalled * 1e3, quiet * 1e3,
        stalled / quiet, "<= 1.2 x, nothing dropped", met)


def main(quick):
    seconds = 3 if quick else 30
    beside_nanosleep("", seconds)
    beside_nanosleep(", 8 hang", seconds, entries=HANGING)
    beside_a_quiet_disk(seconds)


main("--quick" in sys.argv)
