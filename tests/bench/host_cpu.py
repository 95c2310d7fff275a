# SPDX-License-Identifier: BSD-3-Clause
"""S7, S8, S9: CPU for each stored invocation of 1,000 functions at one second, due together and spread over it."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

from workplace import PYTHON, SOURCES, Host, Process, in_turn, row

FUNCTIONS = 1000


def compare(number, measure, ours, reference, bound, quick):
    """Every process is due FUNCTIONS times a second, and does nothing else."""
    seconds, rounds = (2, 2) if quick else (5, 9)
    each = lambda process: process.cpu_of_window(seconds) / 1e3 / (FUNCTIONS * seconds)
    a, b, ratio = in_turn(rounds, lambda: each(ours), lambda: each(reference))
    row(number, measure, "us/run", a, b, ratio, f"<= {bound:g} x", ratio <= bound)


def collectd(folder):
    """collectd with the plugin of collectd_reads.c; None where it is not installed."""
    include = pathlib.Path("/usr/include/collectd/core")
    program = shutil.which("collectd") or "/usr/sbin/collectd"
    if not (include / "daemon/plugin.h").exists() or not pathlib.Path(program).exists():
        print("S7: collectd-core and collectd-dev are not installed; script/bench installs them", file=sys.stderr)
        return None
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-D_GNU_SOURCE", f"-I{include.parent}", f"-I{include}/daemon", "-include",
                    include / "config.h", SOURCES / "collectd_reads.c", "-o", f"{folder}/bench.so"], check=True)
    config = pathlib.Path(folder, "collectd.conf")
    config.write_text(f"""BaseDir "{folder}"
PIDFile "{folder}/pid"
PluginDir "{folder}"
TypesDB "/usr/share/collectd/types.db"
Interval 1
ReadThreads 5
LoadPlugin bench
<Plugin bench>
  Count {FUNCTIONS}
</Plugin>
""", encoding="ascii")
    return Process([program, "-f", "-C", config])


def main(quick):
    with Host(FUNCTIONS, 1, together=True) as together, Host(FUNCTIONS, 1) as spread:
        with tempfile.TemporaryDirectory() as folder:
            peer = collectd(folder)
            if peer is not None:
                with peer:
                    compare("S7", "1,000 at 1 s together, stored; reference: collectd, null sink", together, peer, 0.6, quick)
        with Process([PYTHON, SOURCES / "scheduler_reads.py", FUNCTIONS]) as peer:
            compare("S8", "1,000 at 1 s spread, stored; reference: APScheduler, nothing stored", spread, peer, 0.1, quick)
        with Host(FUNCTIONS, 1, settings={"isolation": "process"}, together=True) as isolated:
            compare("S9", "1,000 at 1 s together, in a child; reference: threads", isolated, together, 1.5, quick)
        with Host(FUNCTIONS, 1, settings={"isolation": "process"}) as isolated:
            compare("S9", "1,000 at 1 s spread, in a child; reference: threads", isolated, spread, 1.5, quick)


main("--quick" in sys.argv)
