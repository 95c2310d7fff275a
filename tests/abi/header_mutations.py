# SPDX-License-Identifier: BSD-3-Clause
#
# Ways to change the public headers, each on a copy of its own: what breaks those who were built before, what only adds,
# and what changes nothing. The checkers of the ABI are tried on them.
import os
import shutil

BREAKS, ADDS, NOTHING = "breaks", "adds", "nothing"

# (what is done, what it means, file, text that stands there once, text that takes its place)
PLUGIN = [
    ("a comment", NOTHING, "plugin.h", "/* 0 = none */", "/* 0 = none at all */"),
    ("the name of a parameter", NOTHING, "plugin.h", "uint64_t duration)", "uint64_t how_long)"),
    ("a slot at the end of dw_api", ADDS, "plugin.h",
     "    const void* (*extension)(dw_call*, const char* id);\n",
     "    const void* (*extension)(dw_call*, const char* id);\n    int32_t (*added)(dw_call*);\n"),
    ("a member at the end of dw_function_info", ADDS, "plugin.h",
     "    void (*destroy)(void* state);\n",
     "    void (*destroy)(void* state);\n    const char* added;\n"),
    ("two slots of one type change places", BREAKS, "plugin.h",
     "    int32_t (*open_array)(dw_call*);\n    int32_t (*open_map)(dw_call*);\n",
     "    int32_t (*open_map)(dw_call*);\n    int32_t (*open_array)(dw_call*);\n"),
    ("two members of one type change places", BREAKS, "plugin.h",
     "    const char* summary;\n    const char* media_type;\n",
     "    const char* media_type;\n    const char* summary;\n"),
    ("a slot in the middle", BREAKS, "plugin.h",
     "    int32_t (*put_null)(dw_call*);\n",
     "    int32_t (*added)(dw_call*);\n    int32_t (*put_null)(dw_call*);\n"),
    ("a member in the middle", BREAKS, "plugin.h",
     "    int32_t (*run)(dw_call*);\n", "    const char* added;\n    int32_t (*run)(dw_call*);\n"),
    ("a field before dw_call's api", BREAKS, "plugin.h", "struct dw_call {\n", "struct dw_call {\n    void* added;\n"),
    ("a slot is gone", BREAKS, "plugin.h", "    int32_t (*put_time)(dw_call*, int64_t unix_ns);\n", ""),
    ("a slot takes a signed index", BREAKS, "plugin.h",
     "(*at)(dw_call*, dw_value, uint64_t index", "(*at)(dw_call*, dw_value, int64_t index"),
    ("a slot takes one argument more", BREAKS, "plugin.h", "(*close)(dw_call*)", "(*close)(dw_call*, uint64_t)"),
    ("a slot returns nothing", BREAKS, "plugin.h", "    int32_t (*cancel_fd)", "    void (*cancel_fd)"),
    ("a member becomes signed", BREAKS, "plugin.h", "    uint32_t built_minor;    /*", "    int32_t built_minor;    /*"),
    ("a member grows", BREAKS, "plugin.h", "    uint32_t built_minor;    /*", "    uint64_t built_minor;    /*"),
    ("a member loses its const", BREAKS, "plugin.h", "    const char* media_type;", "    char* media_type;"),
    ("dw_value becomes signed", BREAKS, "plugin.h", "typedef uint64_t dw_value;", "typedef int64_t dw_value;"),
]
# Numbers leave no trace in debug information: the ledger alone holds them.
CONSTANTS = [
    ("a code changes", BREAKS, "codes.h", "#define DW_UNCHANGED 1 ", "#define DW_UNCHANGED 2 "),
    ("a type changes", BREAKS, "plugin.h", "#define DW_TYPE_F64 ((uint32_t)4)", "#define DW_TYPE_F64 ((uint32_t)44)"),
    ("a flag is gone", BREAKS, "plugin.h", "#define DW_PROCESS_ONLY", "#define DW_PROCESSES_ONLY"),
]
READER = [
    ("a comment of reader.h", NOTHING, "reader.h", "/* 0 = always */", "/* 0 = for ever */"),
    ("a callback at the end of dw_visitor", ADDS, "reader.h", "    int (*close)(void *context);\n",
     "    int (*close)(void *context);\n    int (*added)(void *context);\n"),
    ("a field in the middle of dw_reading", BREAKS, "reader.h", "    uint32_t serializer;",
     "    int64_t added;\n    uint32_t serializer;"),
    ("two fields of dw_reading change places", BREAKS, "reader.h", "    int64_t due, started, finished;",
     "    int64_t started, due, finished;"),
    ("less of dw_reading is reserved", BREAKS, "reader.h", "uint64_t reserved[8];", "uint64_t reserved[7];"),
    ("a function of the reader takes another type", BREAKS, "reader.h", "uint64_t after, uint64_t timeout_ns",
     "uint64_t after, int64_t timeout_ns"),
    ("a function of the reader is gone", BREAKS, "reader.h", "void dw_free(", "void dw_release("),
    ("dw_each takes another type", BREAKS, "reader.h", "(*dw_each)(void *context, const char *name",
     "(*dw_each)(void *context, char *name"),
]


def copied_headers(include_folders, target):
    """All public headers in target/dumbwaiter; gives target."""
    for folder in include_folders:
        shutil.copytree(os.path.join(folder, "dumbwaiter"), os.path.join(target, "dumbwaiter"), dirs_exist_ok=True)
    return target


def change(target, mutation):
    """Applies it to the headers in target; an error if the headers have no such text any more."""
    what, _, name, before, after = mutation
    path = os.path.join(target, "dumbwaiter", name)
    with open(path) as file:
        text = file.read()
    if text.count(before) != 1:
        raise SystemExit(f"{what}: {name} has this {text.count(before)} times, not once:\n{before}")
    with open(path, "w") as file:
        file.write(text.replace(before, after))
