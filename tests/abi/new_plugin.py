#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# `dumbwaiter new-plugin` from an installation: what it writes builds, runs and passes its own test, in each language that
# there is a compiler for. Arguments: meson, the build folder, the prefix.
import os
import shutil
import subprocess
import sys
import tempfile

from first_plugin import installed

COMMANDS = """meson setup build
meson compile -C build
dumbwaiter run --once
dumbwaiter get hello
meson test -C build"""


def run(command, folder, environment):
    done = subprocess.run(["sh", "-euc", command], cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"not ok: $ {command}\n{done.stdout}{done.stderr}it ended with {done.returncode}")
    return done.stdout


def try_language(language, scratch, environment):
    name = "test" if language == "c" else "my-" + language  # meson keeps the bare name for itself
    run(f"dumbwaiter new-plugin {name} --lang {language}", scratch, environment)
    printed = {command: run(command, os.path.join(scratch, name), environment) for command in COMMANDS.splitlines()}
    if printed["dumbwaiter get hello"] != '{"hello":"world","sequence":1}\n':
        raise SystemExit(f"not ok: {language} gave {printed['dumbwaiter get hello']}")
    wrong = os.path.join(scratch, name, "dumbwaiter.toml")
    with open(wrong) as file:
        text = file.read()
    with open(wrong, "w") as file:
        file.write(text.replace('["world"]', "[7]"))
    check = subprocess.run(["dumbwaiter", "check"], cwd=os.path.dirname(wrong), env=environment, capture_output=True, text=True)
    if check.returncode != 2 or "args[0] is an i64 (7)" not in check.stderr:
        raise SystemExit(f"not ok: {language} takes a wrong argument: {check.stderr}")
    again = subprocess.run(["dumbwaiter", "new-plugin", name], cwd=scratch, env=environment, capture_output=True, text=True)
    if again.returncode != 2 or "File exists" not in again.stderr:
        raise SystemExit(f"not ok: a folder that is there is written into: {again.stderr}")
    print(f"ok: {language}")


def main():
    meson, build, prefix = sys.argv[1:]
    os.umask(0o022)
    with tempfile.TemporaryDirectory() as target, tempfile.TemporaryDirectory() as scratch:
        environment = installed(meson, build, prefix, target)
        if "CARGO_HOME" in os.environ or "RUSTUP_HOME" in os.environ or os.path.isdir(os.path.expanduser("~/.rustup")):
            environment["RUSTUP_HOME"] = os.environ.get("RUSTUP_HOME", os.path.expanduser("~/.rustup"))
        for language in ["c", "cpp"] + (["rust"] if shutil.which("rustc") else []):
            try_language(language, scratch, environment)


main()
