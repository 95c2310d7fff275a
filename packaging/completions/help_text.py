# SPDX-License-Identifier: BSD-3-Clause
#
# What `dumbwaiter --help` and the help of each command say, as data.
import dataclasses
import re
import subprocess

ENTRY = re.compile(r"^  (\S.*?) {2,}(\S.*)$")  # "  -h, --help     print this help and exit"


@dataclasses.dataclass
class Option:
    names: list[str]  # "-h", "--help"
    value: str  # "FILE"; "" if it takes none
    summary: str


@dataclasses.dataclass
class Command:
    names: list[str]  # "resume", "release"
    summary: str
    arguments: list[str]  # "NAME"
    options: list[Option]


def sections(text):
    """The lines below each head such as "Options:"."""
    found, head = {}, ""
    for line in text.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            head = line[:-1]
        elif line.startswith(" "):
            found.setdefault(head, []).append(line)
    return found


def entries(lines):
    for line in lines:
        match = ENTRY.match(line)
        if not match:
            raise SystemExit(f"this line of --help is in no form that is known: {line!r}")
        yield match.groups()


def options(lines):
    for left, summary in entries(lines):
        words = left.replace(",", "").split()
        names = [word for word in words if word.startswith("-")]
        yield Option(names, " ".join(words[len(names):]), summary)


def ask(program, *arguments):
    done = subprocess.run([program, *arguments, "--help"], capture_output=True, text=True, check=True)
    return sections(done.stdout)


def shared_options(program):
    """Those that every command takes."""
    return list(options(ask(program)["Options"]))


def commands(program):
    for left, summary in entries(ask(program)["Subcommands"]):
        names = left.replace(",", "").split()
        help_of = ask(program, names[0])
        arguments = [name for name, _ in entries(help_of.get("Positionals", []))]
        own = [option for option in options(help_of["Options"]) if option.names[-1] not in ("--help", "--version")]
        yield Command(names, summary, arguments, own)
