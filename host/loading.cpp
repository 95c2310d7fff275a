// SPDX-License-Identifier: BSD-3-Clause
//
// dlopen of copies, and what makes them look like the files they are copies of. The only file that includes Boost.DLL.
#include "loading.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <link.h>

#include <algorithm>
#include <boost/dll/shared_library.hpp>
#include <cerrno>
#include <cstring>
#include <exception>
#include <mutex>
#include <system_error>
#include <tuple>
#include <vector>

#include "replace_all.hpp"

namespace dumbwaiter {
namespace {

namespace fs = std::filesystem;
using boost::dll::shared_library;
using Mode = boost::dll::load_mode::type;

constexpr Mode kHere = static_cast<Mode>(boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
constexpr Mode kAnywhere = static_cast<Mode>(kHere | boost::dll::load_mode::search_system_folders);

struct Kept {
    shared_library library;
    FileIdentity source;
    std::string sha256;                // "" = not from a copy
    const char* first_name = nullptr;  // what the loader called it, and still owns
};

struct Everything {
    std::mutex mutex;
    // Guarded by mutex.
    std::vector<Kept> kept;
    std::vector<shared_library> of_the_system;
    size_t spellings = 0;  // of paths, that were used
};

Everything& everything()
{
    static auto* const all = new Everything();
    return *all;
}

// The loader's words about `path`, without it in front, and with the file's own name elsewhere.
std::string loader_message(const std::string& path, const fs::path& file, const boost::dll::fs::error_code& error)
{
    const char* said = ::dlerror();
    std::string text = said != nullptr ? said : error.message();
    if (text.starts_with(path + ": ")) text.erase(0, path.size() + 2);
    return replace_all(std::move(text), path, file.string());
}

std::unexpected<Error> not_loaded(const fs::path& file, std::string_view why)
{
    return failure(Code::kIncompatible, fmt::format("{} cannot be loaded: {}", file.string(), why));
}

// `path` is what the loader opens, `file` what it is called here.
Expected<shared_library> open_here(const fs::path& path, Mode mode, const fs::path& file)
{
    try {
        shared_library loaded;
        boost::dll::fs::error_code error;
        loaded.load(path, error, mode);
        if (!error) return loaded;
        return not_loaded(file, loader_message(path.string(), file, error));
    } catch (const std::exception& error) {
        // A constructor of the library may throw.
        return not_loaded(file, error.what());
    } catch (...) {
        return not_loaded(file, "it threw an exception");
    }
}

link_map* map_of(LoadedHandle handle)
{
    link_map* map = nullptr;
    return ::dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 ? map : nullptr;
}

bool is_kept(const Everything& all, LoadedHandle handle)
{
    return std::ranges::any_of(all.kept, [&](const Kept& one) { return one.library.native() == handle; });
}

// What this process, or a library that was loaded before, runs on already, from its file: not one of ours.
LoadedHandle find_running(const Everything& all, const std::string& path)
{
    const LoadedHandle handle = ::dlopen(path.c_str(), RTLD_NOW | RTLD_NOLOAD);
    return handle == nullptr || is_kept(all, handle) ? nullptr : handle;
}

// A path to the copy for the loader, which takes two equal paths for one library, though the descriptor behind the
// first may be closed and its number in use again: so each gets a spelling of its own. The process is in it, as a child
// that closed the number has its parent's libraries still.
Expected<std::string> path_for_ever(int number, size_t spelling)
{
    std::error_code error;
    const fs::path self = fs::read_symlink("/proc/self", error);
    if (error) return failure(Code::kIo, "/proc is needed to load it, and is not there: " + error.message());
    std::string path = fmt::format("/proc/{}/fd/", self.string());
    for (size_t i = 0; i < spelling; ++i) path += "./";
    return path + std::to_string(number);
}

Expected<shared_library> open_copy(Everything& all, const SealedLibrary& library)
{
    const auto path = path_for_ever(library.copy.descriptor.number(), all.spellings++);
    return path ? open_here(*path, kHere, library.file) : not_loaded(library.file, path.error().message);
}

// Under all.mutex.
Expected<LoadedHandle> load_locked(Everything& all, const SealedLibrary& library)
{
    const auto is_it = [&](const Kept& one) {
        return std::tie(one.source, one.sha256) == std::tie(library.copy.source, library.copy.sha256);
    };
    if (const auto known = std::ranges::find_if(all.kept, is_it); known != all.kept.end()) {
        return known->library.native();
    }
    const std::string path = fs::absolute(library.file).string();
    if (const LoadedHandle running = find_running(all, path)) return running;
    const bool is_copied = library.uncopied.empty();
    for (const SealedLibrary& other : library.beside) {
        // The loader goes by the soname as well, whoever brought the library.
        if (!is_copied || ::dlopen(other.soname.c_str(), RTLD_NOW | RTLD_NOLOAD) != nullptr) continue;
        if (auto loaded = load_locked(all, other); !loaded) return within(library.file.string(), loaded.error());
    }
    auto loaded = is_copied ? open_copy(all, library) : open_here(path, kHere, library.file);
    if (!loaded) return std::unexpected(loaded.error());
    const LoadedHandle handle = loaded->native();
    link_map* const map = map_of(handle);
    all.kept.push_back({std::move(*loaded), library.copy.source, library.copy.sha256, map ? map->l_name : nullptr});
    // "/proc/7/fd/100" would mean nothing to who reads a backtrace, and to a plugin that looks for its own folder.
    if (map != nullptr && is_copied) map->l_name = ::strdup(path.c_str());
    return handle;
}

}  // namespace

Expected<LoadedHandle> load_library(const SealedLibrary& library)
{
    Everything& all = everything();
    const std::scoped_lock lock(all.mutex);
    return load_locked(all, library);
}

Expected<LoadedSystem> load_system_library(const std::string& name)
{
    // Without a slash the dynamic loader searches its own folders.
    auto loaded = open_here(name, kAnywhere, name);
    if (!loaded) return std::unexpected(loaded.error());
    const LoadedHandle handle = loaded->native();
    const link_map* const map = map_of(handle);
    if (map == nullptr) return failure(Code::kIo, fmt::format("{}: {}", name, ::dlerror()));
    LoadedSystem system{handle, map->l_name};
    Everything& all = everything();
    const std::scoped_lock lock(all.mutex);
    all.of_the_system.push_back(std::move(*loaded));
    return system;
}

}  // namespace dumbwaiter
