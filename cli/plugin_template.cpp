// SPDX-License-Identifier: BSD-3-Clause
//
// @NAME@ in a text is the project's name.
#include "plugin_template.hpp"

#include <algorithm>

#include "replace_all.hpp"

namespace dumbwaiter {
namespace {

constexpr const char* kManifest = R"(# Run it with: dumbwaiter run --once

[functions.hello]
function = "./build/lib@NAME@.so:hello"
args = ["world"]
frequency = 5
)";

constexpr const char* kTest = R"(#!/bin/sh
# Runs every function of the manifest once, with a store of its own, and looks at a value. Argument: the manifest.
set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
dumbwaiter run --manifest "$1" --store "$scratch/store" --once
value=$(dumbwaiter get --manifest "$1" --store "$scratch/store" hello)
[ "$value" = '{"hello":"world","sequence":1}' ] || { echo "the value is $value" >&2; exit 1; }
)";

constexpr const char* kTestOfMeson = R"(
test('once', find_program('test.sh'), args: files('dumbwaiter.toml'), depends: library)
)";

constexpr const char* kMesonC =
    R"(project('@NAME@', 'c', version: '0.1.0', default_options: ['warning_level=3', 'c_std=c11'])

library = shared_module('lib@NAME@', '@NAME@.c',
  name_prefix: '',
  gnu_symbol_visibility: 'hidden',
  dependencies: dependency('dumbwaiter-plugin'))
)";

constexpr const char* kMesonCpp =
    R"(project('@NAME@', 'cpp', version: '0.1.0', default_options: ['warning_level=3', 'cpp_std=c++17'])

library = shared_module('lib@NAME@', '@NAME@.cpp',
  name_prefix: '',
  gnu_symbol_visibility: 'hidden',
  dependencies: dependency('dumbwaiter-plugin'))
)";

constexpr const char* kMesonRust = R"(project('@NAME@', version: '0.1.0', meson_version: '>=1.0.0')

library = custom_target('lib@NAME@',
  input: '@NAME@.rs',
  output: 'lib@NAME@.so',
  command: [find_program('rustc'), '--edition', '2021', '--crate-type', 'cdylib', '-O', '@INPUT@', '-o', '@OUTPUT@'],
  build_by_default: true)
)";

constexpr const char* kSourceC =
    R"(/* Functions that dumbwaiter runs. A function is called again and again, each time with a call of its own. */
#include <dumbwaiter/plugin.h>

#define HELLO_ARGS                                                                        \
    "{\"prefixItems\": [{\"type\": \"string\", \"description\": \"who is greeted\"}],"    \
    " \"minItems\": 1, \"maxItems\": 1, \"kwargs\": {\"additionalProperties\": false}}"

DW_FUNCTION_EX(hello, "Greets who is named", 0, NULL, NULL, HELLO_ARGS, "{\"type\": \"object\"}", DW_SECONDS(5))
{
    const char *name;
    uint64_t length;
    if (dw_arg_str(call, 0, &name, &length) != DW_OK) return DW_ERROR; /* the host says what was wrong */
    dw_open_map(call);
    dw_key(call, "hello", 5);
    dw_put_str(call, name, length);
    dw_key(call, "sequence", 8);
    dw_put_u64(call, dw_sequence(call));
    return dw_close(call);
}
)";

constexpr const char* kSourceCpp =
    R"(// Functions that dumbwaiter runs. A function is called again and again, each time with a call of its own.
#include <dumbwaiter/plugin.hpp>

#include <string>

static constexpr char kHelloArgs[] =
    R"json({"prefixItems": [{"type": "string", "description": "who is greeted"}], "minItems": 1, "maxItems": 1, )json"
    R"json("kwargs": {"additionalProperties": false}})json";

DUMBWAITER_FUNCTION_EX(hello, "Greets who is named", 0, kHelloArgs, "{\"type\": \"object\"}", DW_SECONDS(5),
                       [](dumbwaiter::Call &call) {
                           call.open_map();
                           call.put("hello", call.arg<std::string>(0));
                           call.put("sequence", call.sequence());
                           call.close();
                           return dumbwaiter::done;
                       });
)";

constexpr const char* kSourceRust =
    R"(// Functions that dumbwaiter runs. What a plugin needs of its host stands in ABI.md, "Other languages".
#![allow(non_upper_case_globals)]
use std::ffi::{c_char, c_void};

#[repr(C)]
pub struct Call {
    api: *const u8,
}

#[repr(C)]
pub struct FunctionInfo {
    struct_size: u32,
    flags: u32,
    built_minor: u32,
    required_minor: u32,
    summary: *const c_char,
    args_schema: *const c_char,
    result_schema: *const c_char,
    suggested_frequency_ns: i64,
    run: extern "C" fn(*mut Call) -> i32,
    create: Option<extern "C" fn(*mut Call, *mut *mut c_void) -> i32>,
    destroy: Option<extern "C" fn(*mut c_void)>,
}
unsafe impl Sync for FunctionInfo {}

const ERROR: i32 = -1;

// The n-th service of the host's table.
unsafe fn slot<F: Copy>(call: *mut Call, n: usize) -> F {
    std::ptr::read_unaligned((*call).api.add(8 + 8 * n) as *const F)
}

unsafe fn key(call: *mut Call, name: &str) -> i32 {
    slot::<extern "C" fn(*mut Call, *const u8, u64) -> i32>(call, 24)(call, name.as_ptr(), name.len() as u64)
}

unsafe fn hello(call: *mut Call) -> i32 {
    let args = slot::<extern "C" fn(*mut Call) -> u64>(call, 0)(call);
    let (mut value, mut name, mut length) = (0u64, std::ptr::null::<u8>(), 0u64);
    if slot::<extern "C" fn(*mut Call, u64, u64, *mut u64) -> i32>(call, 4)(call, args, 0, &mut value) != 0
        || slot::<extern "C" fn(*mut Call, u64, *mut *const u8, *mut u64) -> i32>(call, 12)(call, value, &mut name, &mut length) != 0
    {
        return ERROR; // the host says what was wrong
    }
    slot::<extern "C" fn(*mut Call) -> i32>(call, 23)(call); // open_map
    key(call, "hello");
    slot::<extern "C" fn(*mut Call, *const u8, u64) -> i32>(call, 20)(call, name, length); // put_str
    key(call, "sequence");
    let sequence = slot::<extern "C" fn(*mut Call) -> u64>(call, 30)(call);
    slot::<extern "C" fn(*mut Call, u64) -> i32>(call, 17)(call, sequence); // put_u64
    slot::<extern "C" fn(*mut Call) -> i32>(call, 25)(call) // close
}

// No panic may leave a plugin.
extern "C" fn run(call: *mut Call) -> i32 {
    std::panic::catch_unwind(|| unsafe { hello(call) }).unwrap_or(ERROR)
}

#[no_mangle]
pub static hello__dw1: FunctionInfo = FunctionInfo {
    struct_size: std::mem::size_of::<FunctionInfo>() as u32,
    flags: 0,
    built_minor: 0,
    required_minor: 0,
    summary: "Greets who is named\0".as_ptr() as *const c_char,
    args_schema: "{\"prefixItems\": [{\"type\": \"string\"}], \"minItems\": 1, \"maxItems\": 1}\0".as_ptr() as *const c_char,
    result_schema: "{\"type\": \"object\"}\0".as_ptr() as *const c_char,
    suggested_frequency_ns: 5_000_000_000,
    run,
    create: None,
    destroy: None,
};
)";

struct Language {
    std::string_view name, extension;
    const char *source, *meson;
};
constexpr Language kLanguages[] = {
    {"c", ".c", kSourceC, kMesonC}, {"cpp", ".cpp", kSourceCpp, kMesonCpp}, {"rust", ".rs", kSourceRust, kMesonRust}};

}  // namespace

std::optional<std::vector<TemplateFile>> plugin_template(std::string_view language, const std::string& name)
{
    const auto* const found = std::ranges::find(kLanguages, language, &Language::name);
    if (found == std::end(kLanguages)) return std::nullopt;
    const auto filled = [&](const std::string& text) { return replace_all(text, "@NAME@", name); };
    return std::vector<TemplateFile>{
        {"meson.build", filled(std::string(found->meson) + kTestOfMeson)},
        {name + std::string(found->extension), filled(found->source)},
        {"dumbwaiter.toml", filled(kManifest)},
        {"test.sh", filled(kTest), true},
    };
}

bool is_plugin_name(std::string_view name)
{
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_rest = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
    return !name.empty() && name.size() <= 64 && is_letter(name[0]) && std::ranges::all_of(name, is_rest);
}

}  // namespace dumbwaiter
