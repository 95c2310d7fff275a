# SPDX-License-Identifier: BSD-3-Clause
"""S12, S13, S14: many functions: sustained, to start with, and what each costs as there are more of them."""
import os
import sys
import time

from workplace import Host, cpu_ns, memory, row

FREQUENCY_OF_MANY = 60


def sustained(functions, seconds):
    with Host(functions, 1) as host:
        time.sleep(3)  # past the first invocations, which come beside the grid
        before, cpu, since = host.status(), cpu_ns(host.pid), time.time()
        time.sleep(seconds)
        after, used = host.status(), cpu_ns(host.pid) - cpu
        skipped = after["skipped"] - before["skipped"]
        late = host.lateness(since)[1]
        row("S12", f"{functions:,} at 1 s, stored, {seconds} s: p99 lateness; {skipped} skipped, "
            f"{used / seconds / 1e9:.2f} cores", "s", late, None, None, "0 skipped, p99 <= 0.2 s",
            skipped == 0 and late <= 0.2)
        return skipped == 0


def how_far(seconds):
    functions = 100_000
    while sustained(functions, seconds):
        functions *= 2


def start(functions, patience, seconds, again):
    """`again`: once all functions have a value the host is started again."""
    with Host(functions, FREQUENCY_OF_MANY, until_running=False) as host:
        host.await_running(patience)
        to_first, text = host.to_first, os.path.getsize(host.manifest)
        of_start = memory(host.pid, "VmHWM")
        time.sleep(seconds)
        status = host.status()
        of_both, own = memory(host.pid, "VmHWM"), memory(host.pid, "RssAnon")
        row("S13", f"{functions:,} at 60 s: to the first values; p99 lateness {status['lateness']['p99']:.3f} s, "
            f"{status['skipped']} skipped", "s", to_first, None, None, f"<= {15 * functions / 1e6:g} s, 0 skipped",
            to_first <= 15 * functions / 1e6 and status["skipped"] == 0)
        for what, size in (("peak RSS each of the start, beyond the text of the manifest", of_start),
                           (f"the same {seconds} s later, with the pages of the store that it has mapped", of_both),
                           ("then, without those pages", own)):
            each = (size - text) / functions
            row("S13", f"{functions:,} at 60 s: {what}", "B", each, None, None, "<= 600 B", each <= 600)
        if not again:
            return
        # First values come over a frequency from the first one on.
        time.sleep(max(0, host.began + to_first + FREQUENCY_OF_MANY + 5 - time.monotonic()))
        host.restart()
        host.await_running(patience)
        row("S13", f"{functions:,} started again, with all their values: to the first values", "s", host.to_first, None,
            None, f"<= {15 * functions / 1e6:g} s", host.to_first <= 15 * functions / 1e6)
        each = (memory(host.pid, "VmHWM") - text) / functions
        row("S13", f"{functions:,} started again: peak RSS each of the start, with the pages of the store that it has "
            "mapped", "B", each, None, None, "<= 600 B", each <= 600)


def cost_of_one(functions, rate, seconds):
    """CPU for each invocation, in us, at so many invocations a second."""
    with Host(functions, functions / rate) as host:
        time.sleep(2)
        before, cpu = host.status()["invocations"], cpu_ns(host.pid)
        time.sleep(seconds)
        used = cpu_ns(host.pid) - cpu
        return used / 1e3 / max(host.status()["invocations"] - before, 1)


def growth(sizes, seconds):
    least = cost_of_one(sizes[0], 1000, seconds)
    for size in sizes[1:]:
        cost = cost_of_one(size, 1000, seconds)
        row("S14", f"CPU for each of 1,000 a second, of {size:,} functions; reference: of {sizes[0]:,}", "us/run", cost,
            least, cost / least, "<= 2 x", cost <= 2 * least)


def main(quick):
    if quick:
        sustained(20_000, 5)
        start(100_000, 60, 3, again=False)
        growth([1_000, 10_000], 4)
        return
    how_far(60)
    start(1_000_000, 600, 30, again=True)
    growth([1_000, 10_000, 100_000, 1_000_000], 20)


main("--quick" in sys.argv)
