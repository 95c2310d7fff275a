#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# Follows "The first plugin, in five minutes" of ABI.md to the letter: its files, its commands, in an empty folder, with
# nothing but what is installed. Arguments: ABI.md, meson, the build folder, the prefix.
import os
import re
import subprocess
import sys
import tempfile
import time

SECTION = re.compile(r"^## The first plugin[^\n]*\n(.*?)^## ", re.DOTALL | re.MULTILINE)
# A block, and the text before it, whose last word in backquotes that looks like one is the file's name.
BLOCK = re.compile(r"(.*?)^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FILE_NAME = re.compile(r"`([\w-]+\.(?:c|toml))`")


def steps(markdown):
    """(files by name, commands) of the section."""
    with open(markdown) as file:
        section = SECTION.search(file.read())[1]
    files, commands = {}, []
    for before, language, text in BLOCK.findall(section):
        names = FILE_NAME.findall(before)
        if language == "sh":
            commands += [line for line in text.splitlines() if line]
        elif names and names[-1] not in files:
            files[names[-1]] = text
    return files, commands


def installed(meson, build, prefix, target):
    """An environment in which the installation under target is the machine's own."""
    subprocess.run([meson, "install", "-C", build, "--destdir", target, "--no-rebuild", "--quiet"], check=True)
    root = target + prefix
    pkg_config = [os.path.join(folder) for folder, _, files in os.walk(root) if "dumbwaiter-plugin.pc" in files]
    return {
        "HOME": target,
        "LANG": "C.UTF-8",
        "PATH": root + "/bin:" + os.environ["PATH"],
        "PKG_CONFIG_PATH": ":".join(pkg_config),
        # The prefix that the .pc files speak of is under the target, also when it is a system's own.
        "PKG_CONFIG_SYSROOT_DIR": target,
        "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1",
    }


def follow(files, commands, environment, folder):
    """What the last command printed."""
    for name, text in files.items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(text)
    for command in commands:
        done = subprocess.run(["sh", "-euc", command], cwd=folder, env=environment, capture_output=True, text=True)
        print(f"$ {command}\n{done.stdout}{done.stderr}", end="")
        if done.returncode != 0:
            raise SystemExit(f"not ok: it ended with {done.returncode}")
    return done.stdout


def main():
    markdown, meson, build, prefix = sys.argv[1:]
    os.umask(0o022)
    files, commands = steps(markdown)
    if set(files) != {"clock.c", "dumbwaiter.toml"} or len(commands) < 4:
        raise SystemExit(f"ABI.md's first section is not what this test knows: {sorted(files)}, {commands}")
    with tempfile.TemporaryDirectory() as target, tempfile.TemporaryDirectory() as folder:
        printed = follow(files, commands, installed(meson, build, prefix, target), folder)
    if not re.fullmatch(r"\d+\n", printed) or abs(time.time() - int(printed)) > 600:
        raise SystemExit(f"not ok: the value is no time of today: {printed!r}")


if __name__ == "__main__":
    main()
