# SPDX-License-Identifier: BSD-3-Clause
#
# The baselines of the binary interfaces (baseline/*.abi, by abidw) and what is compared with them: canary libraries of
# debug information, compiled here with flags of their own, so that neither build options nor paths leave a trace.
import hashlib
import os
import re
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
HISTORY = os.path.join(HERE, "HISTORY")
CANARIES = {"plugin": "canary_plugin.c", "reader": "canary_reader.c"}
TOOLS = ["gcc", "abidw", "abidiff"]
COMPILE = ["gcc", "-std=c11", "-O0", "-g", "-gdwarf-4", "-shared", "-fPIC", "-fvisibility=hidden", "-fno-lto",
           "-nostdlib", "-Wl,--build-id=none"]
# All that would name this machine is left out, and so is the processor: layouts are those of any 64-bit Linux.
DUMP = ["abidw", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs", "--no-elf-needed", "--no-architecture",
        "--type-id-style", "hash"]
# No suppressions, and any exit but 0 is a difference: to abidiff a tail that grew and slots that were reordered are one
# and the same thing (exit 4), and it never sets its bit for incompatible changes of them.
COMPARE = ["abidiff", "--no-default-suppression", "--harmless", "--fail-no-debug-info", "--no-show-locs",
           "--no-architecture"]


def missing_tools():
    return [tool for tool in TOOLS if not shutil.which(tool)]


def baseline(name):
    return os.path.join(HERE, "baseline", name + ".abi")


def compiled(name, include_folders, folder):
    """The canary's path, or None and what the compiler said."""
    library = os.path.join(folder, name + ".so")
    includes = ["-I" + os.path.abspath(include) for include in include_folders]
    # By its bare name, since the name gets into the debug information.
    done = subprocess.run([*COMPILE, *includes, CANARIES[name], "-o", library], cwd=HERE, capture_output=True, text=True)
    return (library, "") if done.returncode == 0 else (None, done.stderr)


def difference(name, include_folders, folder):
    """What abidiff says of these headers against the baseline; "" if nothing."""
    library, said = compiled(name, include_folders, folder)
    if not library:
        return said
    done = subprocess.run([*COMPARE, baseline(name), library], capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr + f"abidiff ended with {done.returncode}\n"


def dump(name, include_folders, folder):
    """The text of a new baseline."""
    library, said = compiled(name, include_folders, folder)
    if not library:
        raise SystemExit(said)
    return subprocess.run([*DUMP, library], capture_output=True, text=True, check=True).stdout


def checksum(name):
    with open(baseline(name), "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()[:16]


def recorded(name):
    """The checksum of the newest entry of HISTORY that has one of this baseline."""
    with open(HISTORY) as file:
        found = re.findall(rf"^    {name}\.abi ([0-9a-f]+)$", file.read(), re.MULTILINE)
    return found[-1] if found else None
