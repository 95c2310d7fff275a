// SPDX-License-Identifier: BSD-3-Clause
//
// The manifest's entries bound to code: each Library opened once, each symbol checked, all failures together.
#pragma once

#include <dumbwaiter/plugin.h>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "library.hpp"
#include "manifest.hpp"
#include "plain_function.hpp"
#include "serializer_table.hpp"

namespace dumbwaiter {

// A library that entries name.
struct LibraryFile {
    std::string path;
    bool is_system = false;  // found by the dynamic loader, and to be opened through it, by the name in the manifest
};

// Where an entry's code is: plain data, so that it can be handed to a child process as well. There are many.
struct Binding {
    static constexpr uint32_t kNone = UINT32_MAX;

    uint32_t library_id = kNone;  // same file, same id; from 0 on
    uint32_t flags = 0;           // of its dw_function_info
};

// The same of a serializer.
struct SerializerBinding {
    std::filesystem::path library;
    uint32_t library_id = 0;
    std::string media_type;  // as the library says
};

// Finds and checks the library and symbol of every entry and serializer without running any of their code in this
// process: ELF first, then one trial load a library in a child, and the arguments by what it says that it takes. Forks:
// call it before the process has threads.
// bindings[i] belongs to manifest.functions[i]. Problems stand at the line of `function` or `serializer`, those of
// arguments at theirs.
struct Resolution {
    std::vector<Binding> bindings;
    std::vector<LibraryFile> files;  // by id
    // Those that are not the system's, by their id: what was looked at is what will be loaded.
    std::map<uint32_t, std::shared_ptr<const SealedLibrary>> libraries;
    std::map<uint32_t, std::string> digests;  // SHA-256 of each of them
    // Where the manifest's serializers are, by "library:symbol" as it names them.
    std::map<std::string, SerializerBinding> serializers;
    std::vector<Problem> problems;
    std::set<uint32_t> at_fault;        // libraries that some of the problems are of
    std::vector<std::string> warnings;  // what is let pass, and whoever starts the host is to know

    const LibraryFile& file_of(const Binding& binding) const { return files[binding.library_id]; }
};
Resolution resolve(const Manifest& manifest);

// A function ready to run in this process.
struct Function {
    std::shared_ptr<const Library> library;
    dw_function_info info{};                             // empty for a plain C function
    std::shared_ptr<const PlainFunction> plain;          // that of a `signature`, else null
    std::shared_ptr<const SerializerPlugin> serializer;  // null: spec.serializer is a built-in one
};

// What resolve() found good, opened here. functions[i] belongs to manifest.functions[i], and is null where it was not
// wanted or has a problem; those that share their terms share it.
struct Registry {
    std::vector<std::shared_ptr<Function>> functions;
    std::map<std::string, dw_serializer_info> serializer_infos;  // by "library:symbol" as in Resolution
    SerializerTable serializers;                                 // filled by give_out_numbers()
    std::vector<Problem> problems;
};
using Wanted = std::function<bool(const FunctionSpec& spec, size_t index)>;
Registry open_registry(const Manifest& manifest, const Resolution& resolution, const Wanted& wanted = {});

}  // namespace dumbwaiter
