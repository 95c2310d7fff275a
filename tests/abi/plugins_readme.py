#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# plugins/README.md and docs/MIGRATION.md: every manifest in them is one that `dumbwaiter check` takes, and the reference at
# the README's end is what the libraries say of themselves. Arguments: dumbwaiter, the folder of the plugins, README.md,
# further documents. With --write in front the reference is written anew.
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r"^```toml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
REFERENCE = re.compile(r"(<!-- reference[^\n]*-->\n).*?(<!-- end of reference -->)", re.DOTALL)
LIBRARY = re.compile(r'^function = "(lib\w+\.so):', re.MULTILINE)


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


def faults(dumbwaiter, plugins, document):
    with open(document) as file:
        blocks = BLOCK.findall(file.read())
    if not blocks:
        yield f"{document}: no manifest in it"
    for block in blocks:
        if any(not os.path.exists(os.path.join(plugins, library)) for library in LIBRARY.findall(block)):
            print(f"{document}: skipped a manifest whose library is not built")
            continue
        settings = "" if "[dumbwaiter]" in block else "[dumbwaiter]\n"
        text = settings + block
        text = text.replace("[dumbwaiter]\n", f'[dumbwaiter]\nplugin_path = ["{plugins}"]\n', 1)
        with tempfile.TemporaryDirectory() as folder:
            manifest = os.path.join(folder, "dumbwaiter.toml")
            with open(manifest, "w") as file:
                file.write(text)
            done = subprocess.run([dumbwaiter, "check", "--manifest", manifest], capture_output=True, text=True)
        if done.returncode != 0:
            yield f"{document}: a manifest is refused: {done.stderr}\n{text}"


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
    found = [fault for document in [readme, *others] for fault in faults(dumbwaiter, plugins, document)]
    built = set(reference(dumbwaiter, plugins).splitlines())
    if not built <= set(text.splitlines()):
        found.append(f"{readme}: its reference is not what the libraries say; write it anew: plugins_readme.py --write "
                     f"{dumbwaiter} {plugins} {readme}")
    print("\n".join(found) or "ok")
    return 1 if found else 0


sys.exit(main())
