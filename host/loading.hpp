// SPDX-License-Identifier: BSD-3-Clause
//
// Code into this process, once and for good. Boost.DLL stays in loading.cpp.
#pragma once

#include <filesystem>
#include <string>

#include "sealed_library.hpp"
#include "status.hpp"

namespace dumbwaiter {

// What dlsym() takes. Nothing is ever unloaded, not even at exit: a thread that a plugin left behind may still run in
// it, and TLS destructors or atexit handlers may still point into it.
using LoadedHandle = void*;

// Now + local, from the sealed copy; the same bytes of the same file once a process, and what this process runs on
// already (libc, say) not a second time. Debuggers, dladdr() and the loader's list see the file's own path. Runs
// constructors. Thread-safe. kIncompatible: the loader's reason, or what a constructor threw.
Expected<LoadedHandle> load_library(const SealedLibrary& library);

struct LoadedSystem {
    LoadedHandle handle;
    std::filesystem::path file;
};

// What the dynamic loader finds under this name, from its file.
Expected<LoadedSystem> load_system_library(const std::string& name);

}  // namespace dumbwaiter
