#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# The completions of bash, zsh and fish are written from the help texts, so that there is one place that says what there
# is. Arguments: dumbwaiter. Compares the files beside this one with what they should be; with --write in front they are
# written anew.
import pathlib
import re
import sys

import help_text

HERE = pathlib.Path(__file__).resolve().parent
FILES, FOLDERS, NAMES, NOTHING = "files", "folders", "names", "nothing"
# What completes a value, or an argument, by its name in the help texts.
KINDS = {"FILE": FILES, "LIB": FILES, "DIR": FOLDERS, "DEST": FOLDERS, "NAME": NAMES}
WORDS = {"--log-level": ["debug", "info", "warning", "error"], "--log-format": ["text", "json"], "--lang": ["c", "cpp", "rust"]}


def kind_of_argument(command):
    is_new_name = command.names[0] == "new-plugin"
    return KINDS.get(command.arguments[0], NOTHING) if command.arguments and not is_new_name else NOTHING


def long_name(option):
    return option.names[-1]


def all_words(items):
    return " ".join(name for item in items for name in item.names)


def written(template, **parts):
    text = (HERE / template).read_text()
    for name, part in parts.items():
        text = text.replace(f"@{name}@", part)
    left = re.search(r"@[a-z_]+@", text)
    if left:
        raise SystemExit(f"{template}: nothing fills {left.group()}")
    return text


def in_bash(shared, commands):
    everything = shared + [option for command in commands for option in command.options]
    with_value = {name: option for option in everything if option.value for name in option.names}
    values = [f'        {option}) COMPREPLY=($(compgen -W "{" ".join(words)}" -- "$cur")); return ;;' for option, words in WORDS.items()]
    for kind, action in ((FOLDERS, "compgen -d"), (FILES, "compgen -f")):
        names = sorted(name for name, option in with_value.items() if KINDS.get(option.value) == kind and name not in WORDS)
        values.append(f'        {" | ".join(names)}) compopt -o filenames 2>/dev/null; COMPREPLY=($({action} -- "$cur")); return ;;')
    others = sorted(name for name, option in with_value.items() if option.value not in KINDS and name not in WORDS)
    values.append(f'        {" | ".join(others)}) return ;;')
    cases = [f'        {" | ".join(c.names)}) options="{all_words(c.options)}" wanted={kind_of_argument(c)} ;;' for c in commands]
    return written("dumbwaiter.bash.in", shared=all_words(shared), values="\n".join(values), valued=" | ".join(sorted(set(with_value) - {"--manifest", "--store"})),
                   commands=all_words(commands), cases="\n".join(cases), run=all_words(run_options(commands)))


def run_options(commands):
    return next(command.options for command in commands if command.names[0] == "run")


def zsh_text(text):
    return re.sub(r"([\\\[\]:])", r"\\\1", text).replace("'", "'\\''")


ZSH_ACTIONS = {FILES: "_files", FOLDERS: "_files -/", NAMES: "_dumbwaiter_names", NOTHING: ""}


def zsh_option(option):
    value = ""
    if option.value:
        words = WORDS.get(long_name(option))
        value = f":{option.value}:" + (f"({' '.join(words)})" if words else ZSH_ACTIONS[KINDS.get(option.value, NOTHING)])
    return "\n".join(f"'{name}[{zsh_text(option.summary)}]{value}'" for name in option.names)


def indented(lines, by):
    return "\n".join(" " * by + line for line in "\n".join(lines).split("\n"))


def in_zsh(shared, commands):
    cases = []
    for command in commands:
        own = [zsh_option(option) for option in command.options]
        if command.arguments:
            own.append(f"'1:{command.arguments[0]}:{ZSH_ACTIONS[kind_of_argument(command)]}'")
        cases += [f"        ({'|'.join(command.names)}) own=(", *[indented([line], 12) for line in own], "        ) ;;"]
    named = [f"'{name}:{zsh_text(command.summary)}'" for command in commands for name in command.names]
    return written("dumbwaiter.zsh.in", shared=indented(map(zsh_option, shared), 8), commands=indented(named, 8), cases="\n".join(cases),
                   run=indented(map(zsh_option, run_options(commands)), 8))


def fish_text(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


FISH_ACTIONS = {FILES: " -rF", FOLDERS: " -xa '(__fish_complete_directories)'", NAMES: " -xa '(__dumbwaiter_names)'", NOTHING: " -x"}


def fish_option(option, condition):
    names = "".join(f" -l {name[2:]}" if name.startswith("--") else f" -s {name[1:]}" for name in option.names)
    words = WORDS.get(long_name(option))
    value = f" -xa '{' '.join(words)}'" if words else FISH_ACTIONS[KINDS.get(option.value, NOTHING)] if option.value else ""
    return f"complete -c $program{condition}{names}{value} -d {fish_text(option.summary)}"


def in_fish(shared, commands):
    lines = [fish_option(option, "") for option in shared]
    for command in commands:
        lines += [f"complete -c $program -n __fish_use_subcommand -xa {name} -d {fish_text(command.summary)}" for name in command.names]
        condition = f" -n '__fish_seen_subcommand_from {' '.join(command.names)}'"
        lines += [fish_option(option, condition) for option in command.options]
        kind = kind_of_argument(command)
        if kind != NOTHING:
            lines.append(f"complete -c $program{condition}{FISH_ACTIONS[kind].replace(' -rF', ' -F')}")
    run = [fish_option(option, " -n __fish_use_subcommand") for option in run_options(commands)]
    return written("dumbwaiter.fish.in", lines=indented(lines, 4), run="\n".join(run).replace("$program", "run_dumbwaiter"))


def main(arguments):
    is_writing = arguments[:1] == ["--write"]
    program = arguments[-1]
    shared, commands = help_text.shared_options(program), list(help_text.commands(program))
    status = 0
    for name, text in (("dumbwaiter.bash", in_bash(shared, commands)), ("_dumbwaiter", in_zsh(shared, commands)),
                       ("dumbwaiter.fish", in_fish(shared, commands))):
        file = HERE / name
        if is_writing:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            print(f"{file}: is not what the help texts say: run packaging/completions/generate.py --write {program}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
