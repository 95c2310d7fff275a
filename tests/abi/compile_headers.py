#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
#
# Compiles the public headers, alone and together, in every language version that we promise. Arguments: the C
# compiler, the C++ compiler (exit 77 if there is none), include folders.
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile

C_STANDARDS = ["c89", "c99", "c11", "c17"]
CPP_STANDARDS = ["c++11", "c++14", "c++17", "c++20"]
STRICT = ["-Wall", "-Wextra", "-pedantic", "-Werror", "-Wshadow", "-fsyntax-only"]

FUNCTION = 'DW_FUNCTION(read, "a name of libc") { return dw_put_null(call); }\n'
FULL = (FUNCTION +
        'static int32_t make(dw_call *call, void **state) { *state = NULL; return dw_cancelled(call) ? -1 : DW_OK; }\n'
        'static void unmake(void *state) { (void)state; }\n'
        'DW_FUNCTION_EX(time, "all of it", DW_SERIAL | DW_PROCESS_ONLY, make, unmake, "{}", "{}", DW_SECONDS(15))\n'
        '{ int64_t n = 0; return dw_arg_i64(call, 0, &n) == DW_OK ? dw_put_i64(call, n) : DW_ERROR; }\n'
        'DW_FUNCTION_EX(bare, "none of it", 0, NULL, NULL, NULL, NULL, 0) { return DW_OK; }\n'
        'static int32_t out(dw_call *call, dw_value v) { (void)v; return dw_put_bytes(call, "", 0); }\n'
        'static int32_t in(dw_call *call, const void *p, uint64_t n) { (void)p; (void)n; return dw_put_null(call); }\n'
        'DW_SERIALIZER(plain, "a serializer", "text/plain", out, in);\n')
WRAPPER = ('static int32_t out(dw_call *call, dw_value v)\n'
           '{ const void *p; uint64_t n; return dw_encode(call, v, "json", &p, &n) == 0 ? dw_put_bytes(call, p, n) : -1; }\n'
           'static int32_t in(dw_call *call, const void *p, uint64_t n)\n'
           '{ dw_value v; return dw_decode(call, "json", p, n, &v) == DW_OK ? dw_put_value(call, v) : DW_ERROR; }\n'
           'DW_SERIALIZER(plain, "a serializer", "text/plain", out, in);\n')
LAMBDA = 'DUMBWAITER_FUNCTION(answer, "42", [](dumbwaiter::Call&) { return 42; });\n'


def includes(*headers):
    return "".join(f"#include <dumbwaiter/{header}>\n" for header in headers)


def sources(folders):
    """(what it shows, source, standards, flags): few, as the C++ standard library is most of the work."""
    has = lambda header: any(os.path.exists(os.path.join(folder, "dumbwaiter", header)) for folder in folders)
    with_reader = lambda header: [header] if has(header) else []
    every = C_STANDARDS + CPP_STANDARDS
    yield "plugin.h alone", includes("plugin.h") + "int not_empty;\n", every, []
    yield "plugin.h with all its macros, then reader.h", \
        includes("plugin.h") + FULL + includes(*with_reader("reader.h")), every, []
    yield "reader.h, then plugin.h", includes(*with_reader("reader.h"), "plugin.h") + FUNCTION, every, []
    yield "plugin.h without hidden padding", includes("plugin.h") + FUNCTION, ["c11", "c++17"], ["-Wpadded"]
    yield "plugin.h after tgmath.h", "#include <tgmath.h>\n" + includes("plugin.h") + FUNCTION, ["c11"], []
    yield "serializer.h", includes("serializer.h") + WRAPPER, every, ["-Wconversion"]
    yield "plugin.h under strict conversions", includes("plugin.h") + FULL, ["c11", "c++17"], ["-Wconversion"]
    reader = with_reader("reader.hpp")
    yield "plugin.hpp, then the others", includes("plugin.hpp", *reader) + LAMBDA, ["c++17"], ["-Wconversion"]
    yield "plugin.hpp last", includes(*reader, "plugin_export.hpp", "plugin.hpp") + LAMBDA, ["c++20"], ["-Wconversion"]


def main():
    c_compiler, cpp_compiler, *folders = sys.argv[1:]
    if not shutil.which(c_compiler) or not shutil.which(cpp_compiler):
        print(f"{c_compiler} or {cpp_compiler} is not installed")
        return 77
    jobs = []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, (what, source, standards, flags) in enumerate(sources(folders)):
            for standard in standards:
                is_cpp = standard.startswith("c++")
                path = os.path.join(folder, f"{number}-{standard}.{'cpp' if is_cpp else 'c'}")
                with open(path, "w") as file:
                    file.write(source)
                compiler = cpp_compiler if is_cpp else c_compiler
                command = [compiler, f"-std={standard}", *STRICT, *flags, *(f"-I{f}" for f in folders), path]
                done = pool.submit(subprocess.run, command, capture_output=True, text=True)
                jobs.append((f"{what}, {standard}", done))
        failed = [(what, job.result().stderr) for what, job in jobs if job.result().returncode != 0]
    for what, text in failed:
        print(f"not ok: {what}\n{text}")
    print(f"{len(jobs) - len(failed)} of {len(jobs)} compile")
    return 1 if failed else 0


sys.exit(main())
