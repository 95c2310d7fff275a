#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# The manual pages name every command and option of `dumbwaiter --help` and no other, and every key of the README's tables
# of the manifest. Arguments: dumbwaiter, README.md, the pages' folder.
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.dont_write_bytecode = True
sys.path.insert(0, str(ROOT / "packaging/completions"))
import help_text  # noqa: E402

OPTION = re.compile(r"(?<![\w-])-{1,2}[a-zA-Z][\w-]*")


def plain(line):
    return line.replace("\\-", "-").replace("\\(dq", '"')


def tags(lines):
    """What each .TP is about: its next line."""
    return [plain(lines[i + 1]) for i, line in enumerate(lines[:-1]) if line == ".TP"]


def by_head(text, macro):
    """The lines below each head, by the text of the head; below heads that follow each other, the same."""
    found, heads, lines = {}, [], []
    for line in text.splitlines():
        if line.startswith((".SH ", ".SS ")):
            if lines:
                heads, lines = [], []
            if line.startswith(macro):
                heads.append(plain(line[4:]))
                found[heads[-1]] = lines
        else:
            lines.append(line)
    return found


def different(where, wanted, there):
    for missing in sorted(wanted - there):
        yield f"{where}: {missing} is missing"
    for unknown in sorted(there - wanted):
        yield f"{where}: {unknown} is not there any more"


def option_names(options):
    return {name for option in options for name in option.names}


def command_faults(program, page):
    sections = {head.split()[0]: (head, lines) for head, lines in by_head(page, ".SS ").items()}
    commands = {name: command for command in help_text.commands(program) for name in command.names}
    yield from different("dumbwaiter.1", set(commands), set(sections))
    for name in set(commands) & set(sections):
        head, lines = sections[name]
        if "".join(f" {argument}" for argument in commands[name].arguments) != re.sub(r"[][]", "", head[len(name):]):
            yield f"dumbwaiter.1: {name} takes {' '.join(commands[name].arguments) or 'no argument'}, not{head[len(name):] or ' none'}"
        said = "\n".join(map(plain, lines)) if name == "run" else "\n".join(tags(lines))
        yield from different(f"dumbwaiter.1, {name}", option_names(commands[name].options), set(OPTION.findall(said)))


def shared_faults(program, pages):
    shared = option_names(help_text.shared_options(program))
    run = option_names(next(command.options for command in help_text.commands(program) if command.names[0] == "run"))
    for page, wanted in (("dumbwaiter.1", shared), ("run_dumbwaiter.1", shared | run)):
        lines = by_head((pages / page).read_text(), ".SH ")["OPTIONS"]
        yield from different(page, wanted, set(OPTION.findall("\n".join(tags(lines)))))


def key_faults(readme, page):
    section = readme.split("\n## The manifest\n")[1].split("\n## ")[0]
    # The first column of the tables: `[table]` in their heads, `key` below.
    columns = [line.split("|")[1] for line in section.splitlines() if line.startswith("|")]
    wanted = {key for column in columns for key in re.findall(r"`(\w+)`", column)}
    heads = [lines for head, lines in by_head(page, ".SH ").items() if head.startswith("[")]
    there = {key for lines in heads for tag in tags(lines) for key in re.findall(r"[a-z_][a-z0-9_]*", tag.split(" ", 1)[1])}
    yield from different("dumbwaiter.toml.5", wanted, there)


def main(program, readme, pages):
    pages = pathlib.Path(pages)
    faults = [*command_faults(program, (pages / "dumbwaiter.1").read_text()), *shared_faults(program, pages),
              *key_faults(pathlib.Path(readme).read_text(), (pages / "dumbwaiter.toml.5").read_text())]
    print("\n".join(faults), end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
