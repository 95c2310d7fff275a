#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# plugins/README.md and docs/MIGRATION.md: every manifest in them runs, on the files and servers that it speaks of; every
# function of the libraries has one there; and the reference at the README's end is what the libraries say of themselves.
# Arguments: dumbwaiter, the folder of the plugins, README.md, further documents. With --write in front the reference is
# written anew.
import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile

from readme_scene import Scene

BLOCK = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
REFERENCE = re.compile(r"(<!-- reference[^\n]*-->\n).*?(<!-- end of reference -->)", re.DOTALL)
USED = re.compile(r'^(?:function|serializer) = "(lib\w+\.so):(\w+)"', re.MULTILINE)


def reference(dumbwaiter, plugins):
    """A table of all functions with their summaries; the host's environment decides which libraries there are."""
    rows = []
    for library in sorted(os.listdir(plugins)):
        if not library.endswith(".so"):
            continue
        shown = subprocess.run([dumbwaiter, "inspect", os.path.join(plugins, library)], capture_output=True, text=True, check=True)
        for line in shown.stdout.splitlines():
            if line and not line.startswith(" "):
                symbol, summary = line.split("  ", 1)
                rows.append("| `%s:%s` | %s |\n" % (library, symbol, summary.replace("|", "\\|")))
    return "\n## Reference\n\n| function | |\n|---|---|\n" + "".join(rows) + "\n"


def manifests(document):
    with open(document) as file:
        return BLOCK.findall(file.read())


def run_fault(dumbwaiter, plugins, scene, block):
    """What is wrong with a manifest, run once in the scene; "" if each of its functions has a value then."""
    text = scene.placed(block if "[dumbwaiter]" in block else "[dumbwaiter]\n" + block)
    manifest = os.path.join(scene.folder, "dumbwaiter.toml")
    with tempfile.TemporaryDirectory() as store, open(manifest, "w") as file:
        file.write(text.replace("[dumbwaiter]\n", f'[dumbwaiter]\nplugin_path = ["{plugins}"]\n', 1))
        file.flush()
        common = ["--manifest", manifest, "--store", os.path.join(store, "store")]
        environment = dict(os.environ, **scene.environment)
        done = subprocess.run([dumbwaiter, "run", "--once", *common], capture_output=True, text=True, env=environment)
        if done.returncode != 0:
            return f"it ended with {done.returncode}: {done.stderr}"
        listed = subprocess.run([dumbwaiter, "list", "--json", *common], capture_output=True, text=True, check=True)
    functions = [json.loads(line) for line in listed.stdout.splitlines()]
    without = [one["name"] for one in functions if one["state"] == "none"]
    return f"no value: {without}" if without or not functions else ""


def faults(dumbwaiter, plugins, scene, document):
    blocks = manifests(document)
    if not blocks:
        yield f"{document}: no manifest in it"
    for block in blocks:
        used = USED.findall(block)
        lacking = {library for library, _ in used if not os.path.exists(os.path.join(plugins, library))}
        lacking |= {name for library, symbol in used for name in (library, f"{library}:{symbol}")} & scene.lacking
        if lacking:
            print(f"{document}: skipped a manifest, as this machine lacks what {', '.join(sorted(lacking))} is for")
            continue
        fault = run_fault(dumbwaiter, plugins, scene, block)
        if fault:
            yield f"{document}: a manifest does not run: {fault}\n{block}"


def functions_without_manifest(readme, table):
    shown = {":".join(one) for block in manifests(readme) for one in USED.findall(block)}
    for function in re.findall(r"^\| `([^`]+)`", table, re.MULTILINE):
        if function not in shown:
            yield f"{readme}: no manifest shows {function}"


def main():
    arguments = sys.argv[1:]
    is_writing = arguments[0] == "--write"
    dumbwaiter, plugins, readme, *others = arguments[is_writing:]
    os.umask(0o022)
    with open(readme) as file:
        text = file.read()
    wanted = REFERENCE.sub(lambda match: match[1] + reference(dumbwaiter, plugins) + match[2], text)
    if is_writing:
        with open(readme, "w") as file:
            file.write(wanted)
        return 0
    table = reference(dumbwaiter, plugins)
    found = list(functions_without_manifest(readme, table))
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        scene = Scene(folder, stack)
        found += [fault for document in [readme, *others] for fault in faults(dumbwaiter, plugins, scene, document)]
    built = set(table.splitlines())
    if not built <= set(text.splitlines()):
        found.append(f"{readme}: its reference is not what the libraries say; write it anew: plugins_readme.py --write "
                     f"{dumbwaiter} {plugins} {readme}")
    print("\n".join(found) or "ok")
    return 1 if found else 0


sys.exit(main())
