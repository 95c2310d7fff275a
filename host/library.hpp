// SPDX-License-Identifier: BSD-3-Clause
//
// One shared object, opened and checked.
#pragma once

#include <dumbwaiter/plugin.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "info_fault.hpp"
#include "sealed_library.hpp"
#include "status.hpp"

namespace dumbwaiter {

// Never unloaded while the host runs: what a plugin left behind (threads, TLS destructors, static data) may still point
// into it. Thread-safe after open().
class Library {
public:
    // Opened with now + local binding, from the copy that was taken and checked. Runs the library's constructors.
    static Expected<std::shared_ptr<const Library>> open(const SealedLibrary& taken);

    // The same for a library of the system, found by the dynamic loader under this name ("libm.so.6").
    static Expected<std::shared_ptr<const Library>> open_system(const std::string& name);

    // The checked info of a symbol, cut or zero-filled to this host's size. kNotFound names near symbols; kIncompatible
    // says which side is newer, or that it has no code.
    Expected<dw_function_info> function(std::string_view symbol) const;

    // The same for those that only describe it: also what this host cannot run (no code).
    Expected<dw_function_info> describe(std::string_view symbol) const;

    // The code of a plain C function; kNotFound as find_code() has it.
    Expected<void*> code(const std::string& symbol) const;

    // As function() and describe(), of serializers.
    Expected<dw_serializer_info> serializer(std::string_view symbol) const;
    Expected<dw_serializer_info> describe_serializer(std::string_view symbol) const;

    const std::filesystem::path& file() const;

    struct Handle;
    explicit Library(std::unique_ptr<Handle> handle);
    ~Library();

private:
    template <typename Info>
    Expected<Info> read_info(InfoKind kind, std::string_view symbol) const;

    std::unique_ptr<Handle> handle_;
};

// Why a function that this host understands cannot run in it all the same; "" if it can.
std::string run_fault(const dw_function_info& info);

// Where a library of the manifest is. One named without a slash is looked for in the manifest's folders, then in the
// installed plugindir; any other is a path. kNotFound lists where it looked, and a near name if there is one.
Expected<std::filesystem::path> find_library(std::string_view name,
                                             const std::vector<std::filesystem::path>& plugin_path);

// Where the dynamic loader finds a library of that name, tried out in a child process. Forks: call it before the
// process has threads. kNotFound: nowhere, with a near name if there is one; kIncompatible: it cannot be loaded.
Expected<std::filesystem::path> find_system_library(const std::string& name);

}  // namespace dumbwaiter
