#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# The completions are what the help texts say (packaging/completions/generate.py), and in bash, and in fish where there is
# one, they complete. Arguments: dumbwaiter, run_dumbwaiter, libproc.so, the folder of the completions.
import pathlib
import shutil
import subprocess
import sys
import tempfile

MANIFEST = '[dumbwaiter]\nstore = "store"\n[functions]\n"proc:load" = "{0}:loadavg"\n"proc.up" = "{0}:uptime"\n'

BASH = """
source "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMPREPLY=()
_dumbwaiter "${2%% *}"
printf '%s\\n' "${COMPREPLY[@]}"
"""


def output(*arguments, **more):
    done = subprocess.run(arguments, capture_output=True, text=True, **more)
    if done.returncode != 0 or done.stderr:
        raise SystemExit(f"{arguments}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout.split("\n")[:-1]


def in_bash(folder, line, cwd):
    return {word for word in output("bash", "-c", BASH, "bash", folder / "dumbwaiter.bash", line, cwd=cwd) if word}


def in_fish(folder, line, cwd):
    asked = f"source {folder}/dumbwaiter.fish; complete -C '{line}'"
    return {word.split("\t")[0] for word in output("fish", "--no-config", "-c", asked, cwd=cwd)}


def cases(dumbwaiter, host):
    """What is typed, and what is offered."""
    shared = {"--manifest", "--store", "--no-color", "--help", "--version"}
    yield f"{dumbwaiter} re", {"refresh", "release", "resume", "reload"}
    yield f"{dumbwaiter} reload --j", {"--json"}
    yield f"{dumbwaiter} get --", {"--json", "--raw", "--meta", "--wait", "--after", "--max-age", "--plugins"} | shared
    yield f"{dumbwaiter} verify --", shared
    yield f"{dumbwaiter} run --log-level ", {"debug", "info", "warning", "error"}
    yield f"{dumbwaiter} new-plugin --lang ", {"c", "cpp", "rust"}
    yield f"{dumbwaiter} get proc.", {"proc.up"}
    yield f"{dumbwaiter} --store store history proc.", {"proc.up"}
    yield f"{dumbwaiter} get proc.up pro", set()
    yield f"{dumbwaiter} get --wait ", set()
    yield f"{dumbwaiter} inspect dumb", {"dumbwaiter.toml"}
    yield f"{dumbwaiter} --store st", {"store"}
    yield f"{dumbwaiter} --on", set()
    yield f"{host} --on", {"--once"}


def faults(shell, complete, folder, programs, world):
    for line, wanted in cases(*programs):
        offered = {word.rstrip("/") for word in complete(folder, line, world)}
        # fish falls back on files and on what only resembles.
        is_right = offered == wanted if shell == "bash" else wanted <= offered
        if not is_right:
            yield f"{shell}: `{line}` offers {sorted(offered)}, not {sorted(wanted)}"


def main(dumbwaiter, host, library, folder):
    dumbwaiter, host, library, folder = (pathlib.Path(path).absolute() for path in (dumbwaiter, host, library, folder))
    found = []
    output(sys.executable, "-B", folder / "generate.py", dumbwaiter)
    with tempfile.TemporaryDirectory() as world:
        manifest = pathlib.Path(world, "dumbwaiter.toml")
        manifest.write_text(MANIFEST.format(library))
        subprocess.run([host, "--manifest", manifest, "--once"], check=True, capture_output=True)
        programs = (dumbwaiter, host)
        if shutil.which("bash"):
            found += faults("bash", in_bash, folder, programs, world)
            # Only what is behind the colon, as bash has it.
            if in_bash(folder, f"{dumbwaiter} get proc:", world) != {"load"}:
                found.append("bash: a name with a colon is not completed")
        if shutil.which("fish"):
            found += faults("fish", in_fish, folder, programs, world)
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
